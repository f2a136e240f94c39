package dev.sluice.cli;

import dev.sluice.control.LayerStatus;
import dev.sluice.control.StatusWriter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sluice layers}: the layers on this node. */
@Command(
    name = "layers",
    description = "List the layers that the service holds, and why reads of them failed.")
final class LayersCommand implements Runnable {
  private static final int DIGEST_SHOWN = "sha256:".length() + 12;

  private final Console console;

  @Parameters(
      arity = "0..1",
      paramLabel = "IMAGE",
      description = "Only those of this image, as `sluice ps` names it.")
  private @Nullable String image;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  LayersCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<LayerStatus> layers =
        service.client().layers().stream()
            .filter(layer -> image == null || layer.image().equals(image))
            .toList();
    if (format.isJson()) {
      console.out().println(StatusWriter.layers(layers));
      return;
    }
    var table =
        new Table(
            "SNAPSHOT",
            "LAYER",
            "HOW",
            "FACE",
            "SIZE",
            "CACHED",
            "TOUCHED",
            "HINTED",
            "FILL",
            "READS",
            "FAILED",
            "AGE",
            "IMAGE");
    Instant now = Instant.now();
    for (LayerStatus layer : layers) {
      table.row(
          layer.snapshot(),
          shorten(layer.digest()),
          layer.lazy() ? "lazy" : "unpacked",
          layer.face() == null ? "-" : layer.face(),
          layer.bytes() == 0 ? "-" : ByteCount.show(layer.bytes()),
          layer.lazy() ? ByteCount.show(layer.cachedBytes()) : "-",
          layer.lazy() ? ByteCount.show(layer.touchedBytes()) : "-",
          layer.hintedBytes() == 0 ? "-" : ByteCount.show(layer.hintedBytes()),
          layer.fill() == null ? "-" : layer.fill(),
          layer.reads(),
          layer.failures(),
          Age.show(layer.since(), now),
          layer.image());
    }
    table.print(console.out());
    for (LayerStatus layer : layers) {
      if (layer.lastFailure() != null) {
        console.say("last failure of " + shorten(layer.digest()) + ": " + layer.lastFailure());
      }
      if (layer.faceReason() != null) {
        console.say(
            "%s is shown by %s: %s"
                .formatted(shorten(layer.digest()), layer.face(), layer.faceReason()));
      }
      if (layer.fillFailure() != null) {
        console.say("filling " + shorten(layer.digest()) + ": " + layer.fillFailure());
      }
    }
  }

  static String shorten(String digest) {
    return digest.length() > DIGEST_SHOWN ? digest.substring(0, DIGEST_SHOWN) : digest;
  }
}
