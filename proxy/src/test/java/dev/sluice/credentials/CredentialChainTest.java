package dev.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.Credentials;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class CredentialChainTest {
  private static final Repository APP = new Repository("r.example", "team/app");
  private final SluiceException broken =
      new SluiceException(FailureKind.INVALID, "read credentials: broken");

  private final CriCredentials cri = new CriCredentials();
  private final List<String> asked = new ArrayList<>();

  private Supplier<Future<Credentials>> docker = () -> Future.succeededFuture(Credentials.NONE);
  private Supplier<Future<Credentials>> plugins = () -> Future.succeededFuture(Credentials.NONE);

  private final CredentialSource chain =
      CredentialChain.of(
          source("docker", () -> docker.get()), cri, source("plugins", () -> plugins.get()));

  private CredentialSource source(String name, Supplier<Future<Credentials>> answer) {
    return new CredentialSource() {
      @Override
      public Future<Credentials> lookup(Repository repository) {
        asked.add(name);
        return answer.get();
      }

      @Override
      public Future<Credentials> afresh(Repository repository, Credentials refused) {
        asked.add(name + " afresh");
        return answer.get();
      }
    };
  }

  private static Supplier<Future<Credentials>> gives(String user) {
    return () -> Future.succeededFuture(user(user));
  }

  private static Credentials user(String user) {
    return new Credentials.Password(user, "p");
  }

  private Credentials lookup() {
    return chain.lookup(APP).await();
  }

  private Credentials afresh(Credentials refused) {
    return chain.afresh(APP, refused).await();
  }

  @Test
  void theFirstThatHasAnyWins() {
    assertThat(lookup()).isEqualTo(Credentials.NONE);
    plugins = gives("plugin");
    assertThat(lookup()).isEqualTo(user("plugin"));
    cri.learn("r.example/team/app", CriCredentialsTest.password("cri"));
    assertThat(lookup()).isEqualTo(user("cri"));
    docker = gives("docker");
    asked.clear();
    assertThat(lookup()).isEqualTo(user("docker"));
    assertThat(asked).containsExactly("docker");
  }

  @Test
  void refusedOnesOfDockerHideTheOthers() {
    docker = gives("docker");
    plugins = gives("plugin");
    cri.learn("r.example/team/app", CriCredentialsTest.password("cri"));
    assertThat(afresh(user("docker"))).isEqualTo(user("docker"));
    assertThat(asked).containsExactly("docker afresh");
  }

  @Test
  void refusedOnesOfAPullAreRenewedByThePlugins() {
    plugins = gives("plugin");
    cri.learn("r.example/team/app", CriCredentialsTest.password("cri"));
    assertThat(lookup()).isEqualTo(user("cri"));
    assertThat(afresh(user("cri"))).isEqualTo(user("plugin"));
    assertThat(lookup()).isEqualTo(user("plugin"));
    cri.learn("r.example/team/app", CriCredentialsTest.password("new"));
    assertThat(lookup()).isEqualTo(user("new"));
  }

  @Test
  void refusedOnesOfAPullAreAllThereIs() {
    cri.learn("r.example/team/app", CriCredentialsTest.password("cri"));
    assertThat(afresh(user("cri"))).isEqualTo(user("cri"));
    assertThat(lookup()).isEqualTo(user("cri"));
  }

  @Test
  void aPullsOwnComeBeforeThoseOfPluginsAfterOthersWereRefused() {
    plugins = gives("plugin");
    cri.learn("r.example/team/app", CriCredentialsTest.password("new"));
    assertThat(afresh(user("old"))).isEqualTo(user("new"));
  }

  @Test
  void aBrokenSourceIsPassedOverIfAnotherHelps() {
    docker = () -> Future.failedFuture(broken);
    plugins = gives("plugin");
    assertThat(lookup()).isEqualTo(user("plugin"));
    plugins = () -> Future.succeededFuture(Credentials.NONE);
    assertThatThrownBy(this::lookup).isSameAs(broken);
  }
}
