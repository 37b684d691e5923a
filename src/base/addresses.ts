import ipaddr from 'ipaddr.js';

/** An IP address; an IPv4 address inside IPv6 counts as IPv4. */
type Address = ReturnType<typeof ipaddr.process>;

/** An address or a network, such as `10.0.0.5`, `10.0.0.0/8` or `2001:db8::/32`. */
export const isNetwork = (text: string): boolean => rangeOf(text) !== undefined;

/** True for a network that holds every address. */
export const isEverything = (text: string): boolean => rangeOf(text)?.[1] === 0;

/** Addresses and networks, to look up which hold an address. */
export class Networks {
  readonly #ranges: readonly [Address, number][];

  constructor(networks: readonly string[]) {
    this.#ranges = networks.flatMap((text) => {
      const range = rangeOf(text);
      return range === undefined ? [] : [range];
    });
  }

  has(text: string): boolean {
    const address = parsed(text);
    if (address === undefined) return false;
    return this.#ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  }
}

/** An address as it is shown: in its usual form, an IPv4 address inside IPv6 as IPv4; undefined when it is none. */
export const plainAddress = (text: string): string | undefined => parsed(text)?.toString();

const SITE_BITS = 64;

/**
 * Whom to hold to account for what comes from an address: an IPv4 address itself, of an IPv6 address the /64 that one
 * customer has at the least, who may take any address in it. What is no address is answered as it is.
 */
export function siteOf(text: string): string {
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
  // Four parts, since the library also takes the old short forms of an address.
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  return ipaddr.process(text);
}
