package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.linux.NativeFunction;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process can't open another file: not for good, as a rule. */
@Timeout(120)
final class DescriptorShortageTest {
  private static final byte[] BYTES = Bench.random(50_000);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Vertx vertx = Vertx.vertx();
  private final RegistryCounters counters = new RegistryCounters();

  @TempDir Path directory;
  private DebianRegistry registry;
  private Repository repository;
  private Descriptor blob;

  @BeforeEach
  void fill() throws Exception {
    registry = DebianRegistry.open(directory);
    repository = new Repository(registry.host(), "team/app");
    blob = Bench.descriptor(BYTES);
    RegistryClient client = client(2);
    Path file = Files.write(directory.resolve("blob"), BYTES);
    Bench.await(client.pushBlob(repository, blob, RegistryClient.BodySource.of(vertx, file)));
    // Classes must be there before, those of failures and of another attempt: they are files too.
    Repository nowhere = new Repository("127.0.0.1:1", "team/app");
    assertThat(Bench.failure(client.range(nowhere, blob, 0, 10, _ -> {}))).isNotNull();
    Bench.await(client.close());
  }

  @AfterEach
  void stop() {
    // Not awaited: Vert.x 5 waits for ever for a client that once got no socket.
    var _ = vertx.close();
    registry.close();
  }

  /** One without connections. */
  private RegistryClient client(int attempts) {
    return RegistryClients.create(
        vertx,
        RegistryOptions.defaults()
            .withPlainHttp(true)
            .withCredentials(CredentialSource.NONE)
            .withRetries(new RetryPolicy(attempts, PAUSE, PAUSE, PAUSE, attempts))
            .withObserver(counters));
  }

  private Future<?> read(RegistryClient client, ByteArrayOutputStream into) {
    return client.range(
        repository, blob, 0, BYTES.length, bytes -> into.writeBytes(bytes.getBytes()));
  }

  @Test
  void whatFindsNoSocketIsTriedAgain() {
    RegistryClient client = client(1000);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    long before = counters.retries();
    Future<?> reading;
    try (var _ = new NoDescriptors()) {
      reading = read(client, read);
      while (counters.retries() == before && !reading.isComplete()) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    Bench.await(reading);
    assertThat(read.toByteArray()).isEqualTo(BYTES);
    assertThat(counters.retries()).isGreaterThan(before);
    Bench.await(client.close());
  }

  @Test
  void theErrorSaysSo_andWhatToDo() {
    RegistryClient client = client(1);
    SluiceException failure;
    try (var _ = new NoDescriptors()) {
      failure = Bench.failure(read(client, new ByteArrayOutputStream()));
    }
    assertThat(failure.kind()).isEqualTo(FailureKind.UNAVAILABLE);
    assertThat(failure).hasMessageContaining("Too many open files");
    assertThat(failure.advice()).contains("LimitNOFILE");
    Bench.await(client.close());
  }

  /** While it is open, this process can't open a file. */
  private static final class NoDescriptors implements AutoCloseable {
    private static final int RLIMIT_NOFILE = 7;
    private static final NativeFunction GETRLIMIT = NativeFunction.ofInt("getrlimit");
    private static final NativeFunction SETRLIMIT = NativeFunction.ofInt("setrlimit");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment limits = arena.allocate(16, 8);
    private final long before;

    NoDescriptors() {
      assertThat(GETRLIMIT.call(RLIMIT_NOFILE, limits.address())).isZero();
      before = limits.get(ValueLayout.JAVA_LONG, 0);
      set(3);
    }

    private void set(long most) {
      limits.set(ValueLayout.JAVA_LONG, 0, most);
      assertThat(SETRLIMIT.call(RLIMIT_NOFILE, limits.address())).isZero();
    }

    @Override
    public void close() {
      set(before);
      arena.close();
    }
  }
}
