export const handler = () => {}; // warm.cjs loads it
