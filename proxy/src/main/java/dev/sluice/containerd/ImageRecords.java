package dev.sluice.containerd;

import com.google.protobuf.FieldMask;
import containerd.services.images.v1.CreateImageRequest;
import containerd.services.images.v1.Image;
import containerd.services.images.v1.UpdateImageRequest;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.ImageReference;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** containerd's list of images. */
final class ImageRecords {
  private static final String CRI_LABEL = "io.cri-containerd.image";
  private static final String MANAGED = "managed";

  private final ContainerdClient client;

  ImageRecords(ContainerdClient client) {
    this.client = client;
  }

  /**
   * Enters an image under its name; in the kubelet's namespace under those three that the kubelet
   * knows it by, too: id, name with digest, name with tag.
   */
  void put(ImageReference reference, ImageTree tree) {
    containerd.types.Descriptor target =
        containerd.types.Descriptor.newBuilder()
            .setMediaType(tree.root().mediaType())
            .setDigest(tree.root().digest().toString())
            .setSize(tree.root().bytes().length)
            .build();
    if (!client.namespace().equals(ContainerdClient.KUBERNETES)) {
      put(reference.toString(), target, Map.of());
      return;
    }
    Set<String> names = new LinkedHashSet<>();
    names.add(tree.manifest().config().digest().toString());
    if (reference.tag() != null) {
      names.add(reference.repository() + ":" + reference.tag());
    }
    names.add(reference.repository() + "@" + tree.root().digest());
    names.forEach(name -> put(name, target, Map.of(CRI_LABEL, MANAGED)));
  }

  private void put(String name, containerd.types.Descriptor target, Map<String, String> labels) {
    Image image = Image.newBuilder().setName(name).setTarget(target).putAllLabels(labels).build();
    String action = "enter image " + name;
    try {
      client.call(
          Methods.CREATE_IMAGE,
          CreateImageRequest.newBuilder().setImage(image).build(),
          action,
          ContainerdClient.QUICK);
    } catch (SluiceException e) {
      if (e.kind() != FailureKind.ALREADY_EXISTS) {
        throw e;
      }
      FieldMask.Builder mask = FieldMask.newBuilder().addPaths("target");
      labels.keySet().forEach(label -> mask.addPaths("labels." + label));
      client.call(
          Methods.UPDATE_IMAGE,
          UpdateImageRequest.newBuilder().setImage(image).setUpdateMask(mask).build(),
          action,
          ContainerdClient.QUICK);
    }
  }
}
