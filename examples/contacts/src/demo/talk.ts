import type { Faker } from "@faker-js/faker";

/** What people write to each other; faker fills in names, places and dishes. */
const sentences: readonly ((faker: Faker) => string)[] = [
  (faker) => `Are you free on ${faker.date.weekday()}?`,
  (faker) => `Shall we meet at ${faker.location.street()} at ${faker.number.int({ min: 8, max: 21 })}?`,
  (faker) => `I am making ${faker.food.dish()} tonight, come over!`,
  (faker) => `Have you heard from ${faker.person.firstName()} lately?`,
  (faker) => `The train to ${faker.location.city()} is ${faker.number.int({ min: 5, max: 90 })} minutes late.`,
  (faker) => `Just finished "${faker.book.title()}". You would love it.`,
  (faker) => `Can you send me ${faker.person.firstName()}'s number?`,
  (faker) => `We are moving to ${faker.location.city()} in ${faker.date.month()}.`,
  (faker) => `${faker.person.firstName()} starts at ${faker.company.name()} next week.`,
  (faker) => `Still on for ${faker.food.dish()} on ${faker.date.weekday()}?`,
  (faker) => `Look what I found: ${faker.internet.url()}`,
  (faker) => `I owe you ${faker.finance.amount({ min: 3, max: 80, symbol: "€" })} for the ${faker.food.ingredient()}.`,
  (faker) => `Listening to "${faker.music.songName()}" all day.`,
  (faker) => `The ${faker.animal.type()} is fine, the vet says hello.`,
  (faker) => `Could you bring ${faker.food.fruit()} and ${faker.food.vegetable()}?`,
  (faker) => `My flight lands at ${faker.number.int({ min: 6, max: 23 })}:${faker.string.numeric({ length: 1 })}5.`,
  (faker) => `Happy birthday, ${faker.person.firstName()}! 🎂`,
  (faker) => `Meeting about ${faker.company.buzzNoun()} moved to ${faker.date.weekday()}, sorry.`,
  () => "On my way.",
  () => "Thanks a lot!",
  () => "Ha, exactly 😄",
  () => "Call you back in ten minutes.",
  () => "No worries, see you tomorrow.",
  () => "👍",
];

/** One message: one sentence, sometimes more. */
export function messageText(faker: Faker): string {
  const count = faker.helpers.weightedArrayElement([
    { value: 1, weight: 7 },
    { value: 2, weight: 2 },
    { value: 3, weight: 1 },
  ]);
  return faker.helpers.multiple(() => faker.helpers.arrayElement(sentences)(faker), { count }).join(" ");
}

/** What a chat of several people is called. */
export function groupTitle(faker: Faker): string {
  return `${faker.location.city()} ${faker.helpers.arrayElement(["book club", "hikers", "flat", "choir", "family", "team"])}`;
}
