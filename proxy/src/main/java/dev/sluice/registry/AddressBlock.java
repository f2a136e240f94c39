package dev.sluice.registry;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Blocks of IP addresses: {@code 10.0.0.0/8}, {@code fd00::/8}. */
final class AddressBlock {
  private static final Pattern LITERAL =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private AddressBlock() {}

  /** Whether {@code host} is an address of the block; false if either is none. */
  static boolean contains(String block, String host) {
    int slash = block.indexOf('/');
    String length = block.substring(slash + 1);
    byte[] base = address(block.substring(0, slash));
    byte[] address = address(host);
    if (base.length == 0 || base.length != address.length || !length.matches("[0-9]{1,3}")) {
      return false;
    }
    int bits = Integer.parseInt(length);
    if (bits > base.length * 8) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((base[bit / 8] & mask) != (address[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] address(String text) {
    if (!LITERAL.matcher(text).matches()) {
      return new byte[0];
    }
    try {
      // A literal is never looked up.
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException _) {
      return new byte[0];
    }
  }
}
