package dev.sluice.doctor;

import java.nio.file.Path;

/** The lines that containerd's configuration needs. */
final class ContainerdSnippet {
  static final String CRI_V1 = "io.containerd.grpc.v1.cri";
  static final String CRI_V2 = "io.containerd.cri.v1.images";

  private ContainerdSnippet() {}

  /** The proxy plugin. */
  static String plugin(String name, Path address, Path root) {
    return """
    [proxy_plugins.%1$s]
      type = "snapshot"
      address = "%2$s"
      [proxy_plugins.%1$s.exports]
        root = "%3$s\"\
    """
        .formatted(name, address, root);
  }

  /** What makes the kubelet's pulls use it. */
  static String cri(int version, String name) {
    String table =
        version >= 3
            ? "[plugins.'%s']".formatted(CRI_V2)
            : "[plugins.\"%s\".containerd]".formatted(CRI_V1);
    return """
    %s
      snapshotter = "%s"
      disable_snapshot_annotations = false\
    """
        .formatted(table, name);
  }
}
