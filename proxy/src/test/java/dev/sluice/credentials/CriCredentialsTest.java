package dev.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import dev.sluice.registry.Credentials;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CriCredentialsTest {
  private static final Repository APP = new Repository("r.example", "team/app");
  private static final String ID = "sha256:" + "ab".repeat(32);

  private final AtomicLong nanos = new AtomicLong();
  private final CriCredentials cri = new CriCredentials(nanos::get);

  static CriAuth password(String user) {
    return new CriAuth(user, "p", "", "", "", "");
  }

  private static Credentials user(String user) {
    return new Credentials.Password(user, "p");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "'', true",
    "r.example, true",
    "https://r.example, true",
    "https://r.example/v2/, true",
    "r.example:5000, false",
    "other.example, false",
    "r.example.evil, false",
  })
  void credentialsAreForTheServerThatTheyName(String server, boolean used) {
    CriAuth auth = new CriAuth("ann", "p", "", server, "", "");
    assertThat(auth.credentials("r.example")).isEqualTo(used ? user("ann") : Credentials.NONE);
  }

  @Test
  void dockerHubHasSeveralNames() {
    CriAuth auth = new CriAuth("ann", "p", "", "https://index.docker.io/v1/", "", "");
    assertThat(auth.credentials("docker.io")).isEqualTo(user("ann"));
  }

  @Test
  void formsHaveAnOrder() {
    String pair = base64("bob:s:t\0\0");
    assertThat(new CriAuth("ann", "p", pair, "", "id", "reg").credentials("r"))
        .isEqualTo(user("ann"));
    assertThat(new CriAuth("", "", pair, "", "id", "reg").credentials("r"))
        .isEqualTo(new Credentials.IdentityToken("id"));
    assertThat(new CriAuth("", "", pair, "", "", "reg").credentials("r"))
        .isEqualTo(new Credentials.Password("bob", "s:t"));
    assertThat(new CriAuth("", "", "", "", "", "reg").credentials("r"))
        .isEqualTo(new Credentials.RegistryToken("reg"));
    assertThat(new CriAuth("", "", "", "", "", "").credentials("r")).isEqualTo(Credentials.NONE);
  }

  @Test
  void whatIsMalformedIsNeitherUsedNorQuoted() {
    for (String auth : new String[] {"hush", base64("hush")}) {
      CriAuth bad = new CriAuth("", "", auth, "", "", "");
      assertThatThrownBy(() -> bad.credentials("r"))
          .isInstanceOf(SluiceException.class)
          .hasMessageNotContaining("hush")
          .hasMessageNotContaining(auth)
          .hasNoCause();
      assertThat(bad.toString()).doesNotContain(auth);
      cri.learn("r.example/team/app", bad);
    }
    cri.learn("not a reference", password("ann"));
    assertThat(cri.size()).isZero();
  }

  @Test
  void theNewestOfARepositoryWins() {
    cri.learn("r.example/team/app:1", password("one"));
    cri.learn("r.example/team/app:2", password("two"));
    assertThat(cri.unrefused(APP)).isEqualTo(user("two"));
    cri.learn("r.example/team/app:1", password("three"));
    assertThat(cri.unrefused(APP)).isEqualTo(user("three"));
    assertThat(cri.unrefused(new Repository("r.example", "team/other")))
        .isEqualTo(Credentials.NONE);
    assertThat(cri.unrefused(new Repository("s.example", "team/app"))).isEqualTo(Credentials.NONE);
  }

  @Test
  void refusedOnesComeLastUntilTheyAreBroughtAgain() {
    cri.learn("r.example/team/app:1", password("one"));
    cri.learn("r.example/team/app:2", password("two"));
    cri.refuse(APP, user("two"));
    assertThat(cri.unrefused(APP)).isEqualTo(user("one"));
    cri.refuse(APP, user("one"));
    assertThat(cri.unrefused(APP)).isEqualTo(Credentials.NONE);
    assertThat(cri.any(APP)).isEqualTo(user("two"));
    cri.learn("r.example/team/app:1", password("new"));
    assertThat(cri.unrefused(APP)).isEqualTo(user("new"));
  }

  @Test
  void aPullWithoutCredentialsLeavesThoseOfOthers() {
    cri.learn("r.example/team/app:1", password("one"));
    cri.learn("r.example/team/app:1", new CriAuth("", "", "", "", "", ""));
    assertThat(cri.unrefused(APP)).isEqualTo(user("one"));
  }

  @ParameterizedTest
  @CsvSource({
    "r.example/team/app:1",
    "sha256:abababababababababababababababababababababababababababababababab",
    "abababababababababababababababababababababababababababababababab",
  })
  void aRemovedImageIsForgotten(String removed) {
    cri.learn("r.example/team/app:1", password("one"));
    cri.named(ID, "r.example/team/app:1");
    cri.forget(removed);
    assertThat(cri.any(APP)).isEqualTo(Credentials.NONE);
    assertThat(cri.size()).isZero();
  }

  @Test
  void anImageWithTwoNamesIsForgottenByItsId() {
    cri.learn("r.example/team/app:1", password("one"));
    cri.learn("docker.io/library/app", password("two"));
    cri.named(ID, "r.example/team/app:1");
    cri.named(ID, "app:latest");
    cri.forget("r.example/team/other:1");
    cri.forget("sha256:" + "cd".repeat(32));
    assertThat(cri.size()).isEqualTo(2);
    cri.forget(ID);
    assertThat(cri.size()).isZero();
  }

  @Test
  void theyAreForgottenWhenNobodyUsesThem() {
    cri.learn("r.example/team/app", password("one"));
    nanos.addAndGet(CriCredentials.LIFE.minus(Duration.ofMinutes(1)).toNanos());
    assertThat(cri.unrefused(APP)).isEqualTo(user("one"));
    nanos.addAndGet(CriCredentials.LIFE.plus(Duration.ofMinutes(1)).toNanos());
    assertThat(cri.unrefused(APP)).isEqualTo(Credentials.NONE);
    assertThat(cri.any(APP)).isEqualTo(Credentials.NONE);
  }

  @Test
  void theirNumberIsBounded() {
    for (int i = 0; i < CriCredentials.MOST_REPOSITORIES + 500; i++) {
      cri.learn("r.example/team/app" + i, password("u" + i));
    }
    assertThat(cri.size()).isEqualTo(CriCredentials.MOST_REPOSITORIES);
    for (int i = 0; i < 100; i++) {
      cri.learn("r.example/team/app:" + i, password("u" + i));
    }
    for (int i = 0; i < 100; i++) {
      cri.refuse(APP, user("u" + i));
    }
    assertThat(cri.any(APP)).isEqualTo(user("u99"));
  }
}
