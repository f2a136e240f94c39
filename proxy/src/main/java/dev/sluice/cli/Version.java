package dev.sluice.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"sluice " + current()};
  }

  static String current() {
    @Nullable String built = Version.class.getPackage().getImplementationVersion();
    return built == null ? "unpackaged" : built;
  }
}
