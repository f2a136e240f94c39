package dev.sluice.registry.hosts;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A hosts.toml. */
public final class HostsTomlFuzz implements FuzzTarget {
  private static final Path FILE = Path.of("/nowhere/certs.d/registry.test/hosts.toml");

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.INVALID);
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        """
        server = "https://registry.test"
        [host."https://mirror.test:8443/v2/x"]
          capabilities = ["pull", "resolve"]
          ca = ["a.pem", "b.pem"]
          client = [["c.pem", "k.pem"], ["d.pem", ""]]
          override_path = true
          dial_timeout = "1m30.5s"
          skip_verify = false
          [host."https://mirror.test:8443/v2/x".header]
            x-one = "1"
            x-two = ["2", "3"]
        [host."http://[::1]:5000"]
          ca = "a.pem"
        """,
        "[host.'mirror']\n  client = 'both.pem'\n");
  }

  @Override
  public void run(byte[] input) {
    var _ = HostsToml.parse(FILE, new String(input, StandardCharsets.UTF_8));
  }
}
