package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Basic and token authentication against a registry that insists on them. */
final class AuthorizationTest {
  private static final String SECRET = "s3cr3t:with:colons";
  private static final Credentials GOOD = new Credentials.Password("ann", SECRET);
  private static final Credentials BAD = new Credentials.Password("ann", "guess-42");
  private static final byte[] BYTES = Bench.random(200_000);

  @TempDir Path directory;

  private Bench bench(Access access, Credentials... answers) {
    return bench(access, options -> options, answers);
  }

  /** The credential source gives the answers in turn, and the last one for ever. */
  private Bench bench(
      Access access, UnaryOperator<RegistryOptions> change, Credentials... answers) {
    Deque<Credentials> left = new ArrayDeque<>(Arrays.asList(answers));
    CredentialSource source =
        _ -> Future.succeededFuture(left.size() > 1 ? left.removeFirst() : left.getFirst());
    return new Bench(
        EmbeddedOptions.in(directory).withAccess(access),
        options -> change.apply(options.withCredentials(source)));
  }

  private static Access.Bearer bearer(boolean anonymous, boolean post) {
    return new Access.Bearer("ann", SECRET, Duration.ofMinutes(5), anonymous, post);
  }

  private static long count(Bench bench, RequestKind kind) {
    return bench.registry.traffic().requests(kind);
  }

  @Test
  void basicIsShownOnlyWhenAsked() {
    try (Bench bench = bench(new Access.Basic("ann", SECRET), GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      assertThat(bench.read(blob, 0, 100)).hasSize(100);
      assertThat(bench.read(blob, 100, 200)).hasSize(100);
      // One question, and none for the second range.
      assertThat(count(bench, RequestKind.BLOB)).isEqualTo(3);
      assertThat(bench.registry.traffic().log().getFirst().seen().authorization()).isNull();
      assertThat(bench.registry.traffic().log().getLast().seen().authorization())
          .isEqualTo("Basic");
    }
  }

  @Test
  void anOpenRegistryNeverSeesCredentials() {
    try (Bench bench = bench(Access.OPEN, GOOD)) {
      bench.read(bench.blob(BYTES), 0, 100);
      assertThat(bench.registry.traffic().log())
          .allSatisfy(entry -> assertThat(entry.seen().authorization()).isNull());
    }
  }

  @ParameterizedTest
  @CsvSource({"true,3", "false,4"})
  void aTokenIsFetchedOnceAndShared(boolean post, int requests) {
    try (Bench bench = bench(bearer(false, post), GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      assertThat(bench.read(blob, 0, 100)).hasSize(100);
      assertThat(bench.registry.traffic().requests()).isEqualTo(requests);
      List<Future<Void>> more = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        more.add(bench.client.range(bench.repository, blob, i, i + 1, _ -> {}));
      }
      Bench.await(Future.all(more).mapEmpty());
      assertThat(bench.registry.traffic().requests()).isEqualTo(requests + 20);
      assertThat(bench.counters.tokenRefreshes()).isEqualTo(1);
    }
  }

  @Test
  void twentyAtOnceCauseOneTokenRequest() {
    try (Bench bench = bench(bearer(false, true), GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      Bench.await(bench.registry.putManifest("team/app", "1", Bench.image(blob, blob)));
      List<Future<Content>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        all.add(bench.client.manifest(bench.repository, "1"));
      }
      Bench.await(Future.all(all).mapEmpty());
      assertThat(count(bench, RequestKind.TOKEN)).isEqualTo(1);
    }
  }

  @Test
  void aPublicRepositoryIsReadWithAnAnonymousToken() {
    try (Bench bench = bench(bearer(true, true), Credentials.NONE)) {
      assertThat(bench.read(bench.blob(BYTES), 0, 100)).hasSize(100);
    }
  }

  @Test
  void anIdentityTokenIsExchanged() {
    try (Bench bench = bench(bearer(false, true), Credentials.NONE)) {
      Credentials identity = new Credentials.IdentityToken(bench.registry.refreshToken());
      RegistryClient client =
          RegistryClients.create(
              bench.vertx, bench.options.withCredentials(_ -> Future.succeededFuture(identity)));
      Descriptor blob = bench.blob(BYTES);
      Bench.await(client.range(bench.repository, blob, 0, 10, _ -> {}));
      Bench.await(client.close());
    }
  }

  @Test
  void aRevokedTokenIsReplacedOnce() {
    try (Bench bench = bench(bearer(false, true), GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      bench.read(blob, 0, 100);
      Bench.await(bench.registry.revokeTokens());
      assertThat(bench.read(blob, 100, 200)).hasSize(100);
      assertThat(count(bench, RequestKind.TOKEN)).isEqualTo(2);
    }
  }

  @Test
  void aTokenThatEndsSoonIsRenewedInTime() {
    Access.Bearer brief = new Access.Bearer("ann", SECRET, Duration.ofSeconds(2), false, true);
    try (Bench bench = bench(brief, GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      bench.read(blob, 0, 1);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            bench.read(blob, 0, 1);
            return count(bench, RequestKind.TOKEN) >= 3;
          });
      assertThat(bench.registry.traffic().log()).extracting(entry -> entry.status()).contains(206);
    }
  }

  @Test
  void pushNeedsAnotherTokenThanPull() throws IOException {
    try (Bench bench = bench(bearer(true, true), GOOD)) {
      PushPullTest.push(bench, directory, BYTES);
      byte[] config = {'{', '}'};
      PushPullTest.push(bench, directory, config);
      Content image = Bench.image(Bench.descriptor(config), Bench.descriptor(BYTES));
      Bench.await(bench.client.pushManifest(bench.repository, "1", image));
      assertThat(Bench.await(bench.client.manifest(bench.repository, "1")).digest())
          .isEqualTo(image.digest());
      assertThat(count(bench, RequestKind.TOKEN)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wrongCredentialsEndAtOnceAndStaySecret(boolean tokens) {
    Access access = tokens ? bearer(false, true) : new Access.Basic("ann", SECRET);
    try (Bench bench = bench(access, BAD)) {
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, bench.blob(BYTES), 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.UNAUTHORIZED);
      assertThat(failure.advice()).contains("docker login");
      assertThat(failure).hasMessageNotContaining("guess-42").hasMessageNotContaining("ann");
      assertThat(bench.registry.traffic().requests()).isLessThanOrEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noCredentialsAreSaidToBeMissing(boolean tokens) {
    Access access = tokens ? bearer(false, true) : new Access.Basic("ann", SECRET);
    try (Bench bench = bench(access, Credentials.NONE)) {
      SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, "1"));
      assertThat(failure.kind()).isEqualTo(FailureKind.UNAUTHORIZED);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void refusedCredentialsAreLookedUpAfresh(boolean tokens) {
    Access access = tokens ? bearer(false, true) : new Access.Basic("ann", SECRET);
    AtomicInteger renewals = new AtomicInteger();
    CredentialSource source =
        new CredentialSource() {
          @Override
          public Future<Credentials> lookup(Repository repository) {
            return Future.succeededFuture(BAD);
          }

          @Override
          public Future<Credentials> afresh(Repository repository, Credentials refused) {
            assertThat(refused).isEqualTo(BAD);
            renewals.incrementAndGet();
            return Future.succeededFuture(GOOD);
          }
        };
    try (Bench bench =
        new Bench(
            EmbeddedOptions.in(directory).withAccess(access),
            options -> options.withCredentials(source))) {
      Descriptor blob = bench.blob(BYTES);
      assertThat(bench.read(blob, 0, 1)).hasSize(1);
      assertThat(bench.read(blob, 1, 2)).hasSize(1);
      assertThat(renewals).hasValue(1);
    }
  }

  @Test
  void anEcrTokenThatExpiredWith403IsReplaced() {
    try (Bench bench = bench(new Access.Basic("ann", SECRET), GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      bench.read(blob, 0, 1);
      String body =
          "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"Your authorization token has expired."
              + " Reauthenticate and try again.\"}]}";
      bench.registry.faults().planBlob(1, new Fault.Status(403, Map.of(), body));
      assertThat(bench.read(blob, 0, 1)).hasSize(1);
    }
  }

  @Test
  void anOrdinary403IsAnErrorInTheRegistrysWords() {
    try (Bench bench = bench(new Access.Basic("ann", SECRET), GOOD)) {
      Descriptor blob = bench.blob(BYTES);
      String body =
          "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"see http://x/y?token=hush\\u0007\"}]}";
      bench.read(blob, 0, 1);
      bench.registry.faults().planBlob(9, new Fault.Status(403, Map.of(), body));
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, blob, 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(failure).hasMessageContaining("DENIED see http://x/y?…");
      assertThat(count(bench, RequestKind.BLOB)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200,'{}'",
    "200,'not json'",
    "200,'[1]'",
    "200,'{\"token\":\"a\\nb\"}'",
    "302,''",
    "404,''",
  })
  void anOddTokenEndpointIsReported(int status, String body) {
    try (Bench bench = bench(bearer(true, true), Credentials.NONE)) {
      bench
          .registry
          .faults()
          .plan(
              9,
              seen -> seen.kind() == RequestKind.TOKEN,
              new Fault.Status(status, Map.of("Location", "http://127.0.0.1:1/"), body));
      SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, "1"));
      assertThat(failure).hasMessageContaining("get a token for " + bench.repository);
      assertThat(count(bench, RequestKind.TOKEN)).isEqualTo(1);
    }
  }

  @Test
  void anEndlessTokenAnswerIsCutOff() {
    try (Bench bench = bench(bearer(true, true), Credentials.NONE)) {
      bench
          .registry
          .faults()
          .plan(
              99,
              seen -> seen.kind() == RequestKind.TOKEN,
              new Fault.Status(200, Map.of(), "x".repeat(40 << 20)));
      Bench.failure(bench.client.manifest(bench.repository, "1"));
      assertThat(bench.counters.receivedBytes()).isLessThan(4 << 20);
    }
  }

  @Test
  void aStumblingTokenEndpointIsAskedAgain() {
    try (Bench bench = bench(bearer(true, true), Credentials.NONE)) {
      bench
          .registry
          .faults()
          .plan(2, seen -> seen.kind() == RequestKind.TOKEN, Fault.Status.of(503));
      assertThat(bench.read(bench.blob(BYTES), 0, 1)).hasSize(1);
      assertThat(count(bench, RequestKind.TOKEN)).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Negotiate abc==",
        "Bearer",
        "Bearer realm=\"\"",
        "Bearer realm=\"ftp://x/\"",
        "\"",
        "Digest realm=x"
      })
  void challengesThatLeadNowhereEnd(String header) {
    try (Bench bench = bench(Access.OPEN, GOOD)) {
      bench
          .registry
          .faults()
          .planBlob(9, new Fault.Status(401, Map.of("WWW-Authenticate", header), ""));
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, bench.blob(BYTES), 0, 1, _ -> {}));
      assertThat(failure.kind()).isIn(FailureKind.UNAUTHORIZED, FailureKind.UNSUPPORTED);
    }
  }
}
