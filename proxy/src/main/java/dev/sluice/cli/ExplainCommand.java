package dev.sluice.cli;

import dev.sluice.control.Explanation;
import dev.sluice.control.ExplanationJson;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sluice explain}: where a file's bytes are, what failed, and what was waited for. */
@Command(
    name = "explain",
    description = {
      "Say of a file or a container which layers and spans it needs, which tier holds them, what"
          + " failed last, and how long the slowest reads waited for what.",
      "With a path of the host (sluice explain /run/…/rootfs/usr/bin/app), or a container and a path"
          + " in it (sluice explain 3f9a /usr/bin/app)."
    })
final class ExplainCommand implements Runnable {
  private static final int SHOWN = 5;
  private static final int SPANS_SHOWN = 16;

  private final Console console;

  @Parameters(
      paramLabel = "PATH|CONTAINER",
      description = "A path of the host, or a container's id or the beginning of it.")
  private String subject;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "A path as the container sees it.")
  private @Nullable String file;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    String name = subject;
    String path = file == null ? "" : file;
    if (file == null && subject.contains("/")) {
      HostPath host = HostPath.of(Path.of(subject));
      name = "#" + host.snapshot();
      path = host.path();
      if (host.written()) {
        console.say("the container has written this file itself; what follows is the image's");
      }
    }
    Explanation told = service.client().explain(name, path);
    if (format.isJson()) {
      console.out().println(ExplanationJson.write(told));
      return;
    }
    console.out().println(told.subject() + (told.image().isEmpty() ? "" : "  " + told.image()));
    if (!path.isEmpty()) {
      show(path, told.file());
    }
    show(told.layers(), told.file());
  }

  private void show(String path, Explanation.@Nullable File of) {
    if (of == null) {
      console.out().println(path + ": no lazy layer has this file: an unpacked one may, or nobody");
      return;
    }
    console
        .out()
        .printf(
            "/%s: %s in layer %s (snapshot %d); spans: %d on disk, %d in memory, %d to fetch%n",
            of.path(),
            ByteCount.show(of.size()),
            LayersCommand.shorten(of.digest()),
            of.snapshot(),
            of.onDisk(),
            of.inMemory(),
            of.missing());
    var table = new Table("SPAN", "OF THE FILE", "IN THE BLOB", "TIER");
    for (Explanation.Span span : of.spans().stream().limit(SPANS_SHOWN).toList()) {
      table.row(
          span.number(),
          span.from() + "-" + span.to(),
          span.compressedFrom() + "-" + span.compressedTo(),
          span.tier().label());
    }
    table.print(console.out());
    int all = of.onDisk() + of.inMemory() + of.missing();
    if (all > SPANS_SHOWN) {
      console.out().printf("… and %d more%n", all - SPANS_SHOWN);
    }
  }

  private void show(List<Explanation.Layer> layers, Explanation.@Nullable File file) {
    var table = new Table("SNAPSHOT", "LAYER", "HOW", "SPANS", "SIZE", "CACHED", "READS", "FAILED");
    for (Explanation.Layer layer : layers) {
      table.row(
          layer.snapshot(),
          layer.digest().isEmpty() ? "-" : LayersCommand.shorten(layer.digest()),
          layer.lazy() ? "lazy" : "unpacked",
          layer.lazy() ? layer.spansHere() + "/" + layer.spans() : "-",
          ByteCount.show(layer.bytes()),
          layer.lazy() ? ByteCount.show(layer.cachedBytes()) : "-",
          layer.reads(),
          layer.failures());
    }
    table.print(console.out());
    List<Explanation.Layer> meant =
        layers.stream().filter(each -> file == null || each.snapshot() == file.snapshot()).toList();
    meant.stream()
        .filter(each -> each.trouble() != null)
        .forEach(each -> console.say("snapshot " + each.snapshot() + ": " + each.trouble()));
    reads(
        "slowest reads",
        meant.stream()
            .flatMap(each -> each.slowest().stream())
            .filter(each -> file == null || each.path().equals(file.path()))
            .sorted(Comparator.comparingLong(Explanation.Read::waited).reversed())
            .limit(SHOWN)
            .toList());
    reads(
        "last failures",
        meant.stream()
            .flatMap(each -> each.failed().stream())
            .filter(each -> file == null || each.path().equals(file.path()))
            .sorted(Comparator.comparing(Explanation.Read::ended).reversed())
            .limit(SHOWN)
            .toList());
  }

  private void reads(String title, List<Explanation.Read> reads) {
    if (reads.isEmpty()) {
      return;
    }
    console.out().println(title + ":");
    Instant now = Instant.now();
    for (Explanation.Read read : reads) {
      console
          .out()
          .printf(
              "  %s ago, %d bytes at %d of /%s: waited %s%s%n",
              Age.show(read.ended(), now),
              read.length(),
              read.offset(),
              read.path(),
              waited(read),
              read.cause() == null ? "" : ": " + read.cause());
    }
  }

  private static String waited(Explanation.Read read) {
    String all = millis(read.waited());
    return read.known()
        ? "%s (queue %s, network %s, verify %s, inflate %s)"
            .formatted(
                all,
                millis(read.queue()),
                millis(read.network()),
                millis(read.verify()),
                millis(read.inflate()))
        : all;
  }

  private static String millis(long micros) {
    return micros < 10_000
        ? "%d.%d ms".formatted(micros / 1000, micros % 1000 / 100)
        : micros / 1000 + " ms";
  }
}
