package dev.sluice.registry;

import java.util.List;

/**
 * Addresses that no request goes to, whoever asks for it: those at which clouds hand a machine its
 * own credentials, and those that are no host's.
 */
final class ForbiddenAddress {
  /* Link-local ones are AWS's, Google's, Azure's and most others' metadata services. */
  private static final List<String> BLOCKS =
      List.of(
          "169.254.0.0/16",
          "fe80::/10",
          "fd00:ec2::/32", // AWS by IPv6
          "100.100.100.200/32", // Alibaba
          "192.0.0.192/32", // Oracle
          "168.63.129.16/32", // Azure's host
          "0.0.0.0/8",
          "::/128",
          "224.0.0.0/4",
          "ff00::/8",
          "255.255.255.255/32");

  private ForbiddenAddress() {}

  /** Whether {@code host} is such an address; a name is none. */
  static boolean is(String host) {
    int zone = host.indexOf('%');
    String address = zone < 0 ? host : host.substring(0, zone);
    return BLOCKS.stream().anyMatch(block -> AddressBlock.contains(block, address));
  }
}
