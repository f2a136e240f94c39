package dev.sluice.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Two images of Debian's packages in an OCI layout, made by umoci: {@code many} has a layer for
 * each group of packages, {@code one} has all of them in a single layer. Made once and kept.
 */
final class PackageImages {
  private static final List<String> GROUPS =
      List.of(
          "coreutils perl-base libc6 libc-bin bash util-linux passwd tar grep sed dpkg apt",
          "python3.11-minimal libpython3.11-minimal libpython3.11-stdlib",
          "cpp-12 gcc-12 g++-12 libstdc++-12-dev linux-libc-dev",
          "python3-numpy python3-scipy python3-pandas python3-sympy libopenblas0-pthread",
          "libllvm14 libgl1-mesa-dri",
          "libboost1.74-dev",
          "openjdk-17-jre-headless",
          "git perl-modules-5.36 libperl5.36 libicu72 libnode108");

  private PackageImages() {}

  /** The layout, made below {@code directory} unless it is there. */
  static Path make(Path directory) throws IOException, InterruptedException {
    Path layout = directory.resolve("layout");
    if (Files.exists(layout.resolve("complete"))) {
      return layout;
    }
    Shell.run("rm", "-rf", layout, directory.resolve("all"));
    Files.createDirectories(directory.resolve("all"));
    Shell.run("umoci", "init", "--layout", layout);
    Shell.run("umoci", "new", "--image", layout + ":many");
    Shell.run("umoci", "new", "--image", layout + ":one");
    for (int group = 0; group < GROUPS.size(); group++) {
      Path packages = Files.createDirectories(directory.resolve("group-" + group));
      Shell.script(
          """
          cd "$1"
          rm -rf root layer.tar
          mkdir root
          apt-get -qq -o APT::Sandbox::User=root download $2
          for package in *.deb; do
            dpkg-deb -x "$package" root
            dpkg-deb -x "$package" "$3"
          done
          tar -C root -cf layer.tar .
          """,
          packages,
          GROUPS.get(group),
          directory.resolve("all"));
      addLayer(layout, "many", packages.resolve("layer.tar"));
      Shell.run("rm", "-rf", packages);
    }
    Path all = directory.resolve("all.tar");
    Shell.run("tar", "-C", directory.resolve("all"), "-cf", all, ".");
    addLayer(layout, "one", all);
    Shell.run("rm", "-rf", all, directory.resolve("all"));
    Files.createFile(layout.resolve("complete"));
    return layout;
  }

  private static void addLayer(Path layout, String tag, Path tar)
      throws IOException, InterruptedException {
    Shell.run("umoci", "raw", "add-layer", "--image", layout + ":" + tag, tar);
  }
}
