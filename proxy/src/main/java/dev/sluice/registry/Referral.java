package dev.sluice.registry;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a registry may send its clients, by a redirect or to a token endpoint. Other hosts are
 * usual, private ones too; this machine and what clouds keep for it are not.
 */
final class Referral {
  /** What a resolver takes for an address though it is not written as one: 127.1, 2130706433. */
  private static final Pattern NUMBER =
      Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\\.?");

  private static final Pattern FOUR =
      Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");

  private Referral() {}

  /**
   * Why a client that is at {@code from} must not go to {@code to}; null if it may. A name that
   * resolves to a forbidden address is found out when it is connected to.
   */
  static @Nullable String objection(HttpOrigin from, HttpOrigin to) {
    String host = to.host();
    if (from.tls() && !to.tls()) {
      return "is not reached by TLS, as " + from.authority() + " is";
    }
    if (NUMBER.matcher(host).matches() && !FOUR.matcher(host).matches()) {
      return "is an address that is not written as one";
    }
    if (ForbiddenAddress.is(host)) {
      return "is an address that no registry has any business at";
    }
    if (isThisMachine(host) && !isThisMachine(from.host())) {
      return "is this machine itself";
    }
    return null;
  }

  private static boolean isThisMachine(String host) {
    String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || AddressBlock.contains("127.0.0.0/8", name)
        || AddressBlock.contains("::1/128", name);
  }
}
