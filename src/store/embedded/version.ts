/** Which mongod can open which data, by MongoDB's rules for release series and feature compatibility versions. */

/** The versions of existing data. */
export interface DataVersion {
  /** The version of the mongod that created the data, such as `6.0.5`. */
  readonly mongodb: string;
  /** The feature compatibility version of the data, such as `6.0`. */
  readonly featureCompatibility: string;
}

/** The oldest series that the driver supports and that may create data. */
const OLDEST_SERIES = '4.4';

/** The version in the output of `mongod --version`; undefined if there is none. */
export function parseVersion(output: string): string | undefined {
  return /^\s*db version v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

/** Compares versions or series: negative if `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The reason why this mongod cannot be used, or undefined if it can. New data need 4.4 or later. Existing data need a mongod
 * of the same series or the next one; mongod itself decides finally.
 */
export function versionProblem(version: string, data: DataVersion | undefined): string | undefined {
  if (compareVersions(version, OLDEST_SERIES) < 0) return `too old: ${OLDEST_SERIES} or later is needed`;
  if (data === undefined || opens(series(version), series(data.featureCompatibility))) return undefined;
  const made = `data of MongoDB ${data.mongodb} (feature compatibility ${data.featureCompatibility})`;
  const older = compareVersions(series(version), series(data.featureCompatibility)) < 0;
  return older ? `too old for ${made}` : `too new for ${made}`;
}

/** Describes which mongod the data need. */
export function neededFor(data: DataVersion | undefined): string {
  if (data === undefined) return `${OLDEST_SERIES} or later`;
  return `of the ${data.featureCompatibility} series or the next (the data were made by MongoDB ${data.mongodb})`;
}

function opens(binary: string, data: string): boolean {
  if (binary === data) return true;
  const [major = 0, minor = 0] = numbers(binary);
  const [dataMajor = 0, dataMinor = 0] = numbers(data);
  // A rapid release (7.1, 8.2) opens data of its major release and of the rapid release before it.
  if (minor > 0 && major >= 5) return dataMajor === major && (dataMinor === 0 || dataMinor === minor - 1);
  if (binary === '5.0') return data === '4.4';
  // A major release opens data of the previous major release and of its last rapid release, which was always X.3.
  return dataMajor === major - 1 && (dataMinor === 0 || dataMinor === 3);
}

const numbers = (version: string) => version.split(/[.-]/, 3).map((part) => Number.parseInt(part, 10) || 0);

const series = (version: string) => version.split('.', 2).join('.');
