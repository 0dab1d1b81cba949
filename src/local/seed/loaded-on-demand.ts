/** The code for seeds in one piece: few starts need it, and each file that is loaded costs time. */
export { prepareSeed } from './apply-seed.ts';
export { checkedSeed } from './check-seed.ts';
export { seedOf } from './export-seed.ts';
export { seedOfState } from './export-state.ts';
export { formatOf, readSeedFile } from './read-seed-file.ts';
export { yamlOf } from './yaml.ts';
