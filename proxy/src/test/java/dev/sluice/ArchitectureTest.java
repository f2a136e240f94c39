package dev.sluice;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.SimpleConditionEvent.violated;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** Which package may know which, and what no class of the product may do. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  /** Lowest first. A package may know its own row and the rows above it in this list. */
  private static final List<Set<String>> ROWS =
      List.of(
          Set.of("linux"),
          Set.of("cache", "fuse"),
          Set.of("failure", "json"),
          Set.of("keeper", "oci", "registry"),
          Set.of("embedded", "image", "layer", "soci"),
          Set.of("containerd", "credentials", "cri", "erofs", "fetch", "fill", "pull", "snapshot"),
          Set.of("face", "prefetch", "profile"),
          Set.of("metrics"),
          Set.of("demo", "mount"),
          Set.of("node"),
          Set.of("config", "control", "daemon", "doctor"),
          Set.of("cli"));

  @ArchTest
  static final ArchRule DEPENDENCIES_POINT_ONE_WAY =
      classes()
          .that()
          .resideInAPackage("dev.sluice..")
          .should(knowOnlyLowerRows())
          .as("dependencies point from cli down to cache, fuse and linux");

  @ArchTest
  static final ArchRule NO_PACKAGE_CYCLES =
      slices().matching("dev.sluice.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule CACHE_STANDS_ALONE =
      classes()
          .that()
          .resideInAPackage("dev.sluice.cache..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.sluice.cache..",
              "dev.sluice.linux..",
              "java..",
              "org.jspecify..",
              "org.slf4j..",
              "com.github.benmanes.caffeine..");

  @ArchTest
  static final ArchRule FUSE_STANDS_ALONE =
      classes()
          .that()
          .resideInAPackage("dev.sluice.fuse..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.sluice.fuse..",
              "dev.sluice.linux..",
              "java..",
              "org.jspecify..",
              "org.slf4j..",
              "jnr..",
              "ru.serce.jnrfuse..");

  @ArchTest
  static final ArchRule EROFS_KNOWS_ONLY_TREES =
      classes()
          .that()
          .resideInAPackage("dev.sluice.erofs..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.sluice.erofs..",
              "dev.sluice.layer..",
              "dev.sluice.failure..",
              "java..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule PACKAGES_ARE_NAMED_BY_DOMAIN =
      noClasses()
          .should()
          .resideInAnyPackage(
              "..util..",
              "..utils..",
              "..common..",
              "..helper..",
              "..helpers..",
              "..misc..",
              "..impl..");

  @ArchTest static final ArchRule LOGS_BY_SLF4J = noClasses().should(USE_JAVA_UTIL_LOGGING);

  @ArchTest
  static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.sluice.cli..", "dev.sluice.demo..")
          .should(ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule NOBODY_SLEEPS =
      noClasses().should().callMethodWhere(describe("Thread.sleep", ArchitectureTest::isSleep));

  /**
   * Who may know what time it is: to write it down for people or other machines, to compare it with
   * what they wrote, or to order files by age. Everything else waits and expires by nanoTime, which
   * does not jump (docs/reliability.md).
   */
  private static final Set<String> KNOW_THE_TIME =
      Set.of(
          "BlobLocations",
          "ContainerdClient",
          "DiskTier",
          "Exchange",
          "ExplainCommand",
          "ImageRuns",
          "LayerBringer",
          "LayersCommand",
          "OverlaySnapshotter",
          "PrefetchPublisher",
          "ProfileListCommand",
          "ProfileStore",
          "PsCommand",
          "ReadLog",
          "Service",
          "SignedUrls");

  private static String outermost(JavaClass type) {
    return type.getName().replaceFirst(".*\\.", "").replaceFirst("\\$.*", "");
  }

  @ArchTest
  static final ArchRule NOTHING_WAITS_BY_A_CLOCK_THAT_JUMPS =
      noClasses()
          .that(
              describe(
                  "have no business with the time of day",
                  type -> !KNOW_THE_TIME.contains(outermost(type))))
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule CLASSES_ARE_FINAL_OR_MEANT_TO_BE_EXTENDED =
      classes()
          .that()
          .areTopLevelClasses()
          .or()
          .areMemberClasses()
          .should(beFinalOrAbstract())
          .as("classes are final or abstract");

  @ArchTest
  static final ArchRule PACKAGES_ARE_NULL_MARKED =
      classes()
          .that()
          .resideInAPackage("dev.sluice..")
          .should(beNullMarked())
          .as("every package has a package-info with @NullMarked");

  private static boolean isSleep(JavaMethodCall call) {
    return call.getTarget().getFullName().startsWith("java.lang.Thread.sleep(");
  }

  private static ArchCondition<JavaClass> knowOnlyLowerRows() {
    return new ArchCondition<>("know only packages of their own row and lower ones") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        int own = row(type);
        if (own < 0) {
          events.add(violated(type, type.getName() + " is in a package without a row in ROWS"));
          return;
        }
        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
          JavaClass target = dependency.getTargetClass().getBaseComponentType();
          if (target.getPackageName().startsWith("dev.sluice") && row(target) > own) {
            events.add(violated(dependency, dependency.getDescription()));
          }
        }
      }
    };
  }

  /** NullAway looks only at marked packages: an unmarked one would pass the build unchecked. */
  private static ArchCondition<JavaClass> beNullMarked() {
    return new ArchCondition<>("be in a @NullMarked package") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
          events.add(violated(type, "package " + type.getPackageName() + " is not @NullMarked"));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> beFinalOrAbstract() {
    return new ArchCondition<>("be final or abstract") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean open =
            !type.getModifiers().contains(FINAL)
                && !type.getModifiers().contains(ABSTRACT)
                && !type.isInterface()
                && !type.isEnum();
        if (open) {
          events.add(violated(type, type.getName() + " is neither final nor abstract"));
        }
      }
    };
  }

  /** The row of the class's first package segment below dev.sluice, -1 if it has none. */
  private static int row(JavaClass type) {
    String below = type.getPackageName().substring("dev.sluice".length());
    String segment = below.isEmpty() ? "" : below.substring(1).split("\\.", 2)[0];
    for (int row = 0; row < ROWS.size(); row++) {
      if (ROWS.get(row).contains(segment)) {
        return row;
      }
    }
    return -1;
  }
}
