package dev.sluice.cli;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.soci.index.Annotations;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.ZtocDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows one index. */
@Command(
    name = "info",
    description = "Show the SOCI index of an image, or the one that REF itself names by digest.",
    footer = {"", "With -o json it prints the index manifest as it is stored."})
final class IndexInfoCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "REF", description = "The image, or host/repository@DIGEST of an index.")
  private ImageLocation image;

  @Mixin private IndexedImage indexed;
  @Mixin private OutputMixin format;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  IndexInfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    FoundIndex found;
    byte[] document;
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(image)) {
      found = indexed.find(store);
      document = store.manifest(found.digest().toString()).bytes();
    }
    if (format.isJson()) {
      console.out().println(new String(document, StandardCharsets.UTF_8));
    } else {
      printTable(found);
    }
    return 0;
  }

  private void printTable(FoundIndex found) {
    var out = console.out();
    Descriptor subject = found.index().subject();
    out.println("digest:      " + found.digest());
    out.println(
        "version:     " + found.index().version().name().toLowerCase(java.util.Locale.ROOT));
    out.println("found:       " + found.way().words());
    out.println("image:       " + (subject == null ? "named by the image" : subject.digest()));
    out.println("build tool:  " + found.index().buildTool());
    out.println();
    var table = new Table("LAYER", "ZTOC", "SIZE", "SPAN SIZE", "NOTE");
    for (ZtocDescriptor ztoc : found.index().ztocs()) {
      table.row(
          ztoc.layer(),
          ztoc.descriptor().digest(),
          ByteCount.show(ztoc.descriptor().size()),
          ztoc.spanSize() == 0 ? "?" : ByteCount.show(ztoc.spanSize()),
          ztoc.xattrsDisabled() ? "no xattrs" : "");
    }
    for (Descriptor prefetch : found.index().prefetches()) {
      Digest digest = prefetch.digest();
      String layer = prefetch.annotations().getOrDefault(Annotations.LAYER_DIGEST, "?");
      table.row(layer, digest, ByteCount.show(prefetch.size()), "", "prefetch");
    }
    table.print(out);
  }
}
