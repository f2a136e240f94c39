package dev.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Repository;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kubelet's rules for matchImages, with the examples of its own documentation. */
final class ImagePatternTest {
  private static Repository image(String reference) {
    return ImageReference.parse(reference).repository();
  }

  @ParameterizedTest
  @CsvSource({
    "123456789.dkr.ecr.us-east-1.amazonaws.com, 123456789.dkr.ecr.us-east-1.amazonaws.com/a:1",
    "*.dkr.ecr.*.amazonaws.com, 123456789.dkr.ecr.us-east-1.amazonaws.com/a/b:1",
    "*.azurecr.io, team.azurecr.io/a",
    "gcr.io, gcr.io/project/a",
    "*.*.registry.io, a.b.registry.io/x",
    "registry.io:8080/path, registry.io:8080/path/a",
    "registry.io:8080/path, registry.io:8080/pathology/a",
    "*.docker.io, abc.docker.io/a",
    "pre*.kubernetes.io, prefix.kubernetes.io/a",
    "*fix.kubernetes.io, prefix.kubernetes.io/a",
    "p*x.kubernetes.io, prefix.kubernetes.io/a",
    "*.kubernetes.io/team, prefix.kubernetes.io/team/a",
    "*:5000, localhost:5000/a",
    "docker.io, redis",
    "docker.io/library/redis, redis:7",
    "reg[io].example, regi.example/a",
    "reg[a-j]stry.example, registry.example/a",
    "localhost/, localhost/a",
  })
  void matches(String pattern, String reference) {
    assertThat(ImagePattern.parse(pattern).matches(image(reference))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "*.io, a.b.io/x",
    "*.docker.io, docker.io/library/redis",
    "*, a.b/x",
    "*.amazonaws.com, 123456789.dkr.ecr.us-east-1.amazonaws.com/a",
    "registry.io, registry.io:8080/a",
    "registry.io:8080, registry.io/a",
    "registry.io:8080, registry.io:8081/a",
    "registry.io/path, registry.io/other/a",
    "registry.io/path/, registry.io/path",
    "registry.io/*/a, registry.io/x/a",
    "xregistry.io, registry.io/a",
    "registry.io, xregistry.io/a",
    "registry.io.evil, registry.io/a",
    "reg?stry.example, registry.example/a",
    "reg[b-f]stry.example, registry.example/a",
    "reg[istry.example, reg[istry.example/a",
    "https://registry.io, registry.io/a",
  })
  void doesNotMatch(String pattern, String reference) {
    int slash = reference.indexOf('/');
    String path = reference.substring(slash + 1);
    assertThat(pattern(pattern).matches(new Repository(reference.substring(0, slash), path)))
        .isFalse();
  }

  private static ImagePattern pattern(String text) {
    return ImagePattern.parse(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/path", "registry.io:port", "a b.io", "ann@registry.io", "a\\.io"})
  void whatIsNoPatternIsRefused(String text) {
    assertThatThrownBy(() -> ImagePattern.parse(text))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining("is no pattern for images");
  }

  @ParameterizedTest
  @CsvSource({
    "https://registry.io, registry.io",
    "http://registry.io/, registry.io",
    "registry.io/v2/, registry.io",
    "registry.io/v1/team, registry.io/team",
    "https://index.docker.io/v1/, index.docker.io",
    "*.registry.io:5000/x, *.registry.io:5000/x",
  })
  void keysOfAnswersMayHaveMore(String key, String text) {
    assertThat(ImagePattern.ofKey(key).text()).isEqualTo(text);
  }
}
