/** Which mongod opens which data: MongoDB's rule of release series and feature compatibility versions. */

/** What is known of data that are already there. */
export interface DataVersion {
  /** The mongod that made the data, such as `6.0.5`. */
  readonly mongodb: string;
  /** The feature compatibility version of the data, such as `6.0`. */
  readonly featureCompatibility: string;
}

/** The oldest series that the driver and new data take. */
const OLDEST_SERIES = '4.4';

/** Reads the version out of `mongod --version`; undefined when it is not there. */
export function parseVersion(output: string): string | undefined {
  return /^\s*db version v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

/** Sorts versions and series: negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Says why this mongod cannot be taken, or undefined when it can. New data need 4.4 or later. Data that are there are
 * opened by a mongod of their own series or of the one after it; the final word is mongod's own.
 */
export function whyUnfit(version: string, data: DataVersion | undefined): string | undefined {
  if (compareVersions(version, OLDEST_SERIES) < 0) return `too old: ${OLDEST_SERIES} or later is needed`;
  if (data === undefined || opens(series(version), series(data.featureCompatibility))) return undefined;
  const made = `data of MongoDB ${data.mongodb} (feature compatibility ${data.featureCompatibility})`;
  const older = compareVersions(series(version), series(data.featureCompatibility)) < 0;
  return older ? `too old for ${made}` : `too new for ${made}`;
}

/** Says which mongod the data need, for people. */
export function neededFor(data: DataVersion | undefined): string {
  if (data === undefined) return `${OLDEST_SERIES} or later`;
  return `of the ${data.featureCompatibility} series or the next (the data were made by MongoDB ${data.mongodb})`;
}

function opens(binary: string, data: string): boolean {
  if (binary === data) return true;
  const [major = 0, minor = 0] = numbers(binary);
  const [dataMajor = 0, dataMinor = 0] = numbers(data);
  // A rapid release (7.1, 8.2) opens the major release that it follows and the rapid release before it.
  if (minor > 0 && major >= 5) return dataMajor === major && (dataMinor === 0 || dataMinor === minor - 1);
  if (binary === '5.0') return data === '4.4';
  // A major release opens the one before it and the last rapid release in between, which was always an X.3.
  return dataMajor === major - 1 && (dataMinor === 0 || dataMinor === 3);
}

const numbers = (version: string) => version.split(/[.-]/, 3).map((part) => Number.parseInt(part, 10) || 0);

const series = (version: string) => version.split('.', 2).join('.');
