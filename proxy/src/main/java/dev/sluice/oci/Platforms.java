package dev.sluice.oci;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses, normalises and compares platforms as containerd does in its strict mode: two platforms
 * match if they are equal once normalised, so {@code arm64/v8} is {@code arm64} and {@code arm} is
 * {@code arm/v7}, but arm/v7 does not match arm/v6.
 */
public final class Platforms {
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_.-]+");
  private static final Set<String> SYSTEMS =
      Set.of("linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "illumos");
  private static final Set<String> ARCHITECTURES =
      Set.of("386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x");

  private Platforms() {}

  /** The platform that this machine runs. */
  public static Platform host() {
    return normalize(
        new Platform(System.getProperty("os.arch", "amd64"), "linux", null, List.of(), null));
  }

  /**
   * {@code os}, {@code architecture}, {@code os/architecture} or {@code os/architecture/variant}.
   *
   * @throws SluiceException INVALID if it is none of these
   */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    for (String part : parts) {
      if (!PART.matcher(part).matches()) {
        throw invalid(text);
      }
    }
    return switch (parts.length) {
      case 1 -> single(text, parts[0].toLowerCase(Locale.ROOT));
      case 2 -> parsed(parts[0], parts[1], null);
      case 3 -> parsed(parts[0], parts[1], parts[2]);
      default -> throw invalid(text);
    };
  }

  private static Platform single(String text, String word) {
    if (SYSTEMS.contains(word)) {
      Platform host = host();
      return new Platform(host.architecture(), word, null, List.of(), host.variant());
    }
    Platform platform = parsed("linux", word, null);
    if (!ARCHITECTURES.contains(platform.architecture())) {
      throw invalid(text);
    }
    return platform;
  }

  /* What containerd makes of a specifier: a variant that goes without saying is not written, but
   * one that was written in full (arm64/v8) is kept. */
  private static Platform parsed(String os, String architecture, @Nullable String variant) {
    Platform p =
        normalize(
            new Platform(architecture, os.toLowerCase(Locale.ROOT), null, List.of(), variant));
    String kept = p.variant();
    if (variant == null && p.architecture().equals("arm") && "v7".equals(kept)) {
      kept = null;
    } else if (variant != null && p.architecture().equals("arm64") && kept == null) {
      kept = "v8";
    }
    return new Platform(p.architecture(), p.os(), null, List.of(), kept);
  }

  public static Platform normalize(Platform p) {
    String os = p.os().isEmpty() ? "linux" : p.os().toLowerCase(Locale.ROOT);
    String architecture = p.architecture().toLowerCase(Locale.ROOT);
    String variant = p.variant() == null ? "" : p.variant().toLowerCase(Locale.ROOT);
    switch (architecture) {
      case "i386" -> {
        architecture = "386";
        variant = "";
      }
      case "x86_64", "x86-64", "amd64" -> {
        architecture = "amd64";
        variant = variant.equals("v1") ? "" : variant;
      }
      case "aarch64", "arm64" -> {
        architecture = "arm64";
        variant =
            switch (variant) {
              case "8", "v8", "v8.0" -> "";
              case "9", "9.0", "v9.0" -> "v9";
              default -> variant;
            };
      }
      case "armhf" -> {
        architecture = "arm";
        variant = "v7";
      }
      case "armel" -> {
        architecture = "arm";
        variant = "v6";
      }
      case "arm" ->
          variant =
              switch (variant) {
                case "", "7" -> "v7";
                case "5", "6", "8" -> "v" + variant;
                default -> variant;
              };
      default -> {}
    }
    return new Platform(
        architecture,
        os.equals("macos") ? "darwin" : os,
        p.osVersion(),
        p.osFeatures(),
        variant.isEmpty() ? null : variant);
  }

  /** Whether an image for {@code offered} is what {@code wanted} asks for. */
  public static boolean matches(Platform wanted, Platform offered) {
    Platform w = normalize(wanted);
    Platform o = normalize(offered);
    return w.os().equals(o.os())
        && w.architecture().equals(o.architecture())
        && java.util.Objects.equals(w.variant(), o.variant())
        && (w.osVersion() == null || w.osVersion().equals(o.osVersion()))
        && w.osFeatures().containsAll(o.osFeatures());
  }

  /** Without those that an earlier one already matches. */
  public static List<Platform> distinct(List<Platform> platforms) {
    var kept = new ArrayList<Platform>();
    for (Platform p : platforms) {
      if (kept.stream().noneMatch(k -> matches(k, p))) {
        kept.add(p);
      }
    }
    return kept;
  }

  /** {@code os/architecture[/variant]}. */
  public static String format(Platform p) {
    return p.os() + "/" + p.architecture() + (p.variant() == null ? "" : "/" + p.variant());
  }

  private static SluiceException invalid(String text) {
    return new SluiceException(
        FailureKind.INVALID,
        "'" + text + "' is no platform",
        "write it as os/architecture[/variant], e.g. linux/amd64 or linux/arm/v7",
        null);
  }
}
