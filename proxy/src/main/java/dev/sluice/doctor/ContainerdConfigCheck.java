package dev.sluice.doctor;

import dev.sluice.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether containerd's configuration hands its layers to us, and with what we need to know. */
final class ContainerdConfigCheck implements Check {
  private static final String SUBJECT = "containerd's configuration";
  private static final String PLUGINS = "proxy_plugins";
  private static final String USUAL_NAME = "sluice";
  private static final String RESTART = "; then restart containerd";

  private final Path file;
  private final Path address;
  private final Path root;

  ContainerdConfigCheck(Path file, Configuration configuration) {
    this.file = file;
    this.address = configuration.address();
    this.root = configuration.root();
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() throws IOException {
    if (!Files.exists(file)) {
      return List.of(
          Finding.fail(
              SUBJECT,
              "there is no " + file + ", so containerd knows nothing of Sluice",
              "name it with --containerd-config, or make it with these lines"
                  + RESTART
                  + ":\nversion = 2\n"
                  + ContainerdSnippet.plugin(USUAL_NAME, address, root)
                  + "\n"
                  + ContainerdSnippet.cri(2, USUAL_NAME)));
    }
    ContainerdConfig config = ContainerdConfig.read(file);
    if (config.version() < 2) {
      return List.of(
          Finding.fail(
              SUBJECT,
              file + " has version 1, in which a snapshotter can't be set for the CRI",
              "migrate it: containerd config migrate (1.7 and later), or write version = 2"));
    }
    Optional<String> name = ourPlugin(config);
    if (name.isEmpty()) {
      return List.of(
          Finding.fail(
              SUBJECT,
              "no proxy plugin in " + file + " has the address " + address,
              "add these lines"
                  + RESTART
                  + ":\n"
                  + ContainerdSnippet.plugin(USUAL_NAME, address, root)));
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(plugin(config, name.get()));
    findings.addAll(cri(config, name.get()));
    return findings;
  }

  private Optional<String> ourPlugin(ContainerdConfig config) {
    return config.names(PLUGINS).stream()
        .filter(name ->
            config
                .text(PLUGINS, name, "address")
                .map(text -> text.replaceFirst("^unix://", ""))
                .filter(address.toString()::equals)
                .isPresent())
        .findFirst();
  }

  private Finding plugin(ContainerdConfig config, String name) {
    String type = config.text(PLUGINS, name, "type").orElse("");
    if (!type.equals("snapshot")) {
      return Finding.fail(
          SUBJECT,
          "the type of the proxy plugin %s is \"%s\"".formatted(name, type),
          "write type = \"snapshot\"" + RESTART);
    }
    String exported = config.text(PLUGINS, name, "exports", "root").orElse("");
    if (!exported.isEmpty() && Path.of(exported).normalize().equals(root)) {
      return Finding.ok(SUBJECT, file + " has the proxy plugin " + name);
    }
    return Finding.warn(
        SUBJECT,
        exported.isEmpty()
            ? "the proxy plugin " + name + " exports no root: kubelet measures the wrong disk"
            : "the proxy plugin %s exports the root %s, but ours is %s"
                .formatted(name, exported, root),
        "add these lines (containerd 1.6.32, 1.7.16, 2.0 or later; older ones don't know them)"
            + RESTART
            + ":\n[proxy_plugins.%s.exports]\n  root = \"%s\"".formatted(name, root));
  }

  private List<Finding> cri(ContainerdConfig config, String name) {
    boolean third = config.version() >= 3;
    String[] images =
        third
            ? new String[] {"plugins", ContainerdSnippet.CRI_V2}
            : new String[] {"plugins", ContainerdSnippet.CRI_V1, "containerd"};
    String chosen = config.text(with(images, "snapshotter")).orElse("overlayfs");
    if (!chosen.equals(name) && !anyRuntimeUses(config, third, name)) {
      return List.of(
          Finding.warn(
              SUBJECT,
              "the CRI uses the snapshotter %s: pods don't start lazily".formatted(chosen),
              "for pods add these lines"
                  + RESTART
                  + " (ctr, nerdctl and sluice image pull don't need them):\n"
                  + ContainerdSnippet.cri(config.version(), name)));
    }
    boolean annotated =
        config
            .text(with(images, "disable_snapshot_annotations"))
            .filter("false"::equals)
            .isPresent();
    boolean transferred =
        third
            && config
                .text(PLUGINS, name, "exports", "enable_remote_snapshot_annotations")
                .filter("true"::equals)
                .isPresent();
    if (!annotated && !transferred) {
      return List.of(
          Finding.fail(
              SUBJECT,
              "containerd does not say which image a layer is of, so no layer can be lazy",
              "set disable_snapshot_annotations (its default is true)"
                  + RESTART
                  + ":\n"
                  + ContainerdSnippet.cri(config.version(), name)));
    }
    return List.of(Finding.ok(SUBJECT, "pods use the snapshotter " + name));
  }

  private static boolean anyRuntimeUses(ContainerdConfig config, boolean third, String name) {
    String[] runtimes =
        third
            ? new String[] {"plugins", "io.containerd.cri.v1.runtime", "containerd", "runtimes"}
            : new String[] {"plugins", ContainerdSnippet.CRI_V1, "containerd", "runtimes"};
    return config.names(runtimes).stream()
        .anyMatch(runtime ->
            config
                .text(with(with(runtimes, runtime), "snapshotter"))
                .filter(name::equals)
                .isPresent());
  }

  private static String[] with(String[] path, String name) {
    String[] longer = java.util.Arrays.copyOf(path, path.length + 1);
    longer[path.length] = name;
    return longer;
  }
}
