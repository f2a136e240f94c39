package dev.sluice.registry;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Traffic;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Registries on loopback, a directory of hosts, and a client that uses them for images of {@link
 * #NAMESPACE}, a registry of which nothing but that directory knows where it is.
 */
final class Mirrors implements AutoCloseable {
  static final String NAMESPACE = "registry.example";
  static final Repository REPOSITORY = new Repository(NAMESPACE, "team/app");
  static final byte[] BYTES = Bench.random(400_000);
  static final Descriptor BLOB = Bench.descriptor(BYTES);
  static final Content INDEX =
      Content.of(
          MediaTypes.OCI_INDEX,
          "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(StandardCharsets.UTF_8));

  final Vertx vertx = Vertx.vertx();
  final RegistryCounters counters = new RegistryCounters();
  final Path root;
  final RegistryOptions options;
  final RegistryClient client;
  private final Path directory;
  private final List<EmbeddedRegistry> registries = new ArrayList<>();
  private final List<RegistryClient> clients = new ArrayList<>();

  Mirrors(Path directory, UnaryOperator<RegistryOptions> change) throws IOException {
    this.directory = directory;
    root = Files.createDirectories(directory.resolve("certs.d"));
    options =
        change.apply(
            RegistryOptions.defaults()
                .withHostsDirectories(List.of(root))
                .withCredentials(CredentialSource.NONE)
                .withRetries(Bench.QUICK)
                .withTimeouts(Bench.SHORT)
                .withObserver(counters));
    client = client(options);
  }

  RegistryClient client(RegistryOptions own) {
    RegistryClient made = RegistryClients.create(vertx, own);
    clients.add(made);
    return made;
  }

  /** A registry that has the image. */
  EmbeddedRegistry full(UnaryOperator<EmbeddedOptions> change) {
    EmbeddedRegistry registry = empty(change);
    Bench.await(registry.putBlob("team/app", BLOB.mediaType(), BYTES));
    Bench.await(registry.putManifest("team/app", "1", INDEX));
    return registry;
  }

  EmbeddedRegistry full() {
    return full(options -> options);
  }

  /** A registry that has nothing. */
  EmbeddedRegistry empty(UnaryOperator<EmbeddedOptions> change) {
    Path own = directory.resolve("registry-" + registries.size());
    EmbeddedRegistry registry =
        Bench.await(EmbeddedRegistry.start(vertx, change.apply(EmbeddedOptions.in(own))));
    registries.add(registry);
    return registry;
  }

  EmbeddedRegistry empty() {
    return empty(options -> options);
  }

  /** {@code 127.0.0.1:<port>} where nobody listens. */
  static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  void hosts(String text) throws IOException {
    hosts(NAMESPACE, text);
  }

  void hosts(String namespace, String text) throws IOException {
    Path file = Files.createDirectories(root.resolve(namespace)).resolve("hosts.toml");
    Files.writeString(file, text);
  }

  /** Plain hosts in order, the last of them the server. */
  void order(String... authorities) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("server = 'http://").append(authorities[authorities.length - 1]).append("'\n");
    for (int i = 0; i < authorities.length - 1; i++) {
      text.append("[host.'http://").append(authorities[i]).append("']\n");
    }
    hosts(text.toString());
  }

  byte[] read(long from, long to) {
    return read(client, from, to);
  }

  static byte[] read(RegistryClient client, long from, long to) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Bench.await(
        client.range(REPOSITORY, BLOB, from, to, bytes -> all.writeBytes(bytes.getBytes())));
    return all.toByteArray();
  }

  Future<Void> reading() {
    return client.range(REPOSITORY, BLOB, 0, 10, _ -> {});
  }

  static long requests(EmbeddedRegistry registry) {
    return registry.traffic().requests();
  }

  static List<String> ranges(EmbeddedRegistry registry) {
    return registry.traffic().log().stream()
        .map(Traffic.Entry::seen)
        .map(seen -> String.valueOf(seen.range()))
        .toList();
  }

  @Override
  public void close() {
    clients.forEach(one -> Bench.await(one.close()));
    registries.forEach(one -> Bench.await(one.close()));
    Bench.await(vertx.close());
  }
}
