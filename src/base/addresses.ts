import ipaddr from 'ipaddr.js';
import { cacheOf } from './cache.ts';

/** An IP address; an IPv4 address inside IPv6 counts as IPv4. */
type Address = ReturnType<typeof ipaddr.process>;

/** Whether a text is an address or a network, such as `10.0.0.5`, `10.0.0.0/8` or `2001:db8::/32`. */
export const isNetwork = (text: string): boolean => rangeOf(text) !== undefined;

/** Whether a network contains every address. */
export const coversAllAddresses = (text: string): boolean => rangeOf(text)?.[1] === 0;

export class Networks {
  readonly #ranges: readonly [Address, number][];

  constructor(networks: readonly string[]) {
    this.#ranges = networks.map(rangeOf).filter((range) => range !== undefined);
  }

  has(text: string): boolean {
    const address = remembered(text);
    if (address === null) return false;
    return this.#ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  }
}

/** An address in its usual form, an IPv4 address inside IPv6 as IPv4; undefined if the text is not an address. */
export const plainAddress = (text: string): string | undefined => parsed(text)?.toString();

const SITE_BITS = 64;

/**
 * The unit by which limits count addresses: an IPv4 address itself, and the /64 of an IPv6 address, since one customer
 * has at least that and can use any address in it. A text that is not an address is returned as it is.
 */
export function siteOf(text: string): string {
  const known = sites.get(text);
  if (known !== undefined) return known;
  const site = siteAt(text);
  sites.set(text, site);
  return site;
}

/** The address of a text; null if it is none. */
function remembered(text: string): Address | null {
  const known = addresses.get(text);
  if (known !== undefined) return known.address;
  const address = parsed(text) ?? null;
  addresses.set(text, { address });
  return address;
}

/** Every call asks for one of each, and parsing an address takes as long as checking the caller's rights. */
const addresses = cacheOf<{ readonly address: Address | null }>(1_000);
const sites = cacheOf<string>(1_000);

function siteAt(text: string): string {
  const address = parsed(text);
  if (!(address instanceof ipaddr.IPv6)) return address?.toString() ?? text;
  const bytes = address.toByteArray().fill(0, SITE_BITS / 8);
  return `${ipaddr.fromByteArray(bytes)}/${SITE_BITS}`;
}

function rangeOf(text: string): [Address, number] | undefined {
  try {
    if (!text.includes('/')) {
      const address = parsed(text);
      return address && [address, address.kind() === 'ipv4' ? 32 : 128];
    }
    const [address, bits] = ipaddr.parseCIDR(text);
    if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
      return bits < 96 ? undefined : [address.toIPv4Address(), bits - 96];
    }
    return [address, bits];
  } catch {
    return undefined;
  }
}

function parsed(text: string): Address | undefined {
  // The library would also accept short forms with fewer than four parts.
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  return ipaddr.process(text);
}
