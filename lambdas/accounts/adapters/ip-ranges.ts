// Address ranges by node's own BlockList, which knows IPv4, IPv6 and IPv4 written as IPv6.
import { BlockList, isIP } from 'node:net';
import type { IpRanges } from '../ports.ts';

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

export const ipRanges: IpRanges = {
  contain: (cidrs, address) => {
    if (isIP(address) === 0) return false;
    const list = new BlockList();
    for (const cidr of cidrs) {
      const [network = '', prefix] = cidr.split('/');
      list.addSubnet(network, Number(prefix), family(network));
    }
    return list.check(address, family(address));
  },
};
