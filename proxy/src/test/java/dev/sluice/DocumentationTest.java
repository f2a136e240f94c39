package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What documentation says is tested, is: the tests that it names exist. */
final class DocumentationTest {
  private static final Path TOP = Path.of("..");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:#(\\w+))?`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");

  private static Map<String, String> tests() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("cache", "fuse-bridge", "proxy", "load-tests")) {
      try (Stream<Path> all = Files.walk(TOP.resolve(module).resolve("src/test/java"))) {
        for (Path file : all.filter(each -> each.toString().endsWith("Test.java")).toList()) {
          sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
        }
      }
    }
    return sources;
  }

  @ParameterizedTest
  @ValueSource(strings = {"security.md", "operations.md"})
  void theTestsThatItNamesExist(String name) throws IOException {
    Map<String, String> tests = tests();
    List<String> missing = new ArrayList<>();
    Matcher named = TEST.matcher(Files.readString(TOP.resolve("docs").resolve(name)));
    int count = 0;
    while (named.find()) {
      count++;
      String source = tests.get(named.group(1));
      String method = named.group(2);
      if (source == null || (method != null && !source.contains(" " + method + "("))) {
        missing.add(named.group());
      }
    }
    assertThat(count).isGreaterThan(10);
    assertThat(missing).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"security.md", "operations.md", "architecture.md"})
  void thePagesThatItLinksToExist(String name) throws IOException {
    Path page = TOP.resolve("docs").resolve(name);
    Matcher link = LINK.matcher(Files.readString(page));
    while (link.find()) {
      assertThat(page.resolveSibling(link.group(1))).exists();
    }
  }
}
