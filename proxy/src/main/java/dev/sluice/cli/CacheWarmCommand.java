package dev.sluice.cli;

import dev.sluice.control.CommandWriter;
import dev.sluice.control.ControlClient;
import dev.sluice.control.HintedCache;
import dev.sluice.control.ImageCache;
import dev.sluice.control.LayerStatus;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice cache warm}: brings all bytes of an image. */
@Command(
    name = "warm",
    description = {
      "Bring all bytes of an image that is on this node, as fast as it goes.",
      "Readers come first, and nothing that is used is dropped for it."
    })
final class CacheWarmCommand implements Runnable {
  private static final Duration LOOK = Duration.ofMillis(500);

  /** A layer that brings nothing for so long has failed. */
  private static final Duration STALL = Duration.ofMinutes(2);

  /** So long may the service take to see that there is room again. */
  private static final Duration FULL = Duration.ofSeconds(5);

  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "As `sluice ps` names it.")
  private String image;

  @Option(
      names = "--hints",
      description =
          "Only what the image's profile, prefetch manifests and artifacts name, in their order.")
  private boolean hints;

  @Option(names = "--wait", description = "Return when all is here and checked, or can't be.")
  private boolean wait;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CacheWarmCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    ControlClient client = service.client();
    if (hints) {
      warmHints(client);
      return;
    }
    ImageCache begun = client.warm(image);
    ImageCache now = wait ? await(client, begun) : begun;
    if (format.isJson()) {
      console.out().println(CommandWriter.image(now));
    } else if (wait) {
      console.say("%s: all %s are here".formatted(now.reference(), ByteCount.show(now.bytes())));
    } else {
      console.say(
          "%s: %s of %s to come"
              .formatted(
                  now.reference(),
                  ByteCount.show(now.missingBytes()),
                  ByteCount.show(now.bytes())));
    }
  }

  private void warmHints(ControlClient client) {
    HintedCache now = client.warmHints(image);
    long movedAt = System.nanoTime();
    while (wait && !now.ended()) {
      pause();
      HintedCache next = client.hints(image);
      movedAt = next.missingBytes() == now.missingBytes() ? movedAt : System.nanoTime();
      now = next;
      if (System.nanoTime() - movedAt > STALL.toNanos()) {
        break;
      }
    }
    if (format.isJson()) {
      console.out().println(CommandWriter.hints(now));
    } else {
      console.say(
          "%s: %s of %s that hints name to come, compressed"
              .formatted(
                  now.reference(),
                  ByteCount.show(now.missingBytes()),
                  ByteCount.show(now.bytes())));
    }
    if (wait && now.missingBytes() > 0) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "warm %s: %d bytes that hints name did not come"
              .formatted(now.reference(), now.missingBytes()),
          "the service's log says why",
          null);
    }
  }

  private ImageCache await(ControlClient client, ImageCache begun) {
    long cached = -1;
    long movedAt = System.nanoTime();
    while (true) {
      List<LayerStatus> layers =
          client.layers().stream()
              .filter(LayerStatus::lazy)
              .filter(each -> each.image().equals(begun.reference()) || each.image().equals(image))
              .toList();
      long here = layers.stream().mapToLong(LayerStatus::cachedBytes).sum();
      if (here != cached) {
        console.say("%s of %s".formatted(ByteCount.show(here), ByteCount.show(begun.bytes())));
        cached = here;
        movedAt = System.nanoTime();
      }
      if (!layers.isEmpty() && layers.stream().allMatch(each -> "complete".equals(each.fill()))) {
        return new ImageCache(
            begun.reference(), begun.layers(), begun.bytes(), here, begun.pinned());
      }
      String failure = failure(layers, System.nanoTime() - movedAt);
      if (failure != null) {
        throw new SluiceException(
            FailureKind.UNAVAILABLE, "warm %s: %s".formatted(begun.reference(), failure));
      }
      pause();
    }
  }

  /** Why it will not go on; null if it may. */
  private static @Nullable String failure(List<LayerStatus> layers, long stalledNanos) {
    if (layers.isEmpty()) {
      return "the image was removed meanwhile";
    }
    for (LayerStatus layer : layers) {
      boolean full = "no room".equals(layer.fill()) && stalledNanos > FULL.toNanos();
      if ("wrong".equals(layer.fill()) || full) {
        return "layer %s: %s"
            .formatted(
                layer.digest(),
                Objects.requireNonNullElse(layer.fillFailure(), "the cache has no more room"));
      }
    }
    if (stalledNanos < STALL.toNanos()) {
      return null;
    }
    return layers.stream()
        .map(LayerStatus::fillFailure)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse("nothing came for " + Durations.format(STALL));
  }

  private static void pause() {
    try {
      boolean _ = new CountDownLatch(1).await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "wait for the image: interrupted", e);
    }
  }
}
