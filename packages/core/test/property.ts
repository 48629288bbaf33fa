import fc from "fast-check";

// Every run tries the same cases: what fails is the code, never luck. PROPERTY_SEED=2 npx vitest run ... tries others.
fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 1) });

export { fc };
