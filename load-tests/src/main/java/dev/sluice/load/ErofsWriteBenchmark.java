package dev.sluice.load;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.load.Gunzip.Cost;
import dev.sluice.soci.ztoc.TocEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * How fast the names of a layer are written as an EROFS image, beside {@code mkfs.erofs --tar=i} of
 * a tar with the same names.
 *
 * <p>{@code ErofsWrite [ENTRIES [MKFS]]}: entries (default 500000), the program {@code mkfs.erofs}
 * (default: the one on the path; older ones than 1.7 can't do it, then there is no reference). The
 * tar has only headers and holes. The runs alternate; the medians count.
 */
public final class ErofsWriteBenchmark {
  private static final int DEFAULT_ENTRIES = 500_000;
  private static final int ROUNDS = 7;
  private static final int FILES_PER_DIRECTORY = 40;
  private static final int BLOCK = 512;

  private ErofsWriteBenchmark() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int entries = args.length > 0 ? Integer.parseInt(args[0]) : DEFAULT_ENTRIES;
    String mkfs = args.length > 1 ? args[1] : "mkfs.erofs";
    Path directory = Files.createTempDirectory("sluice-erofs-");
    Path tar = directory.resolve("layer.tar");
    Path ours = directory.resolve("ours.erofs");
    Path theirs = directory.resolve("theirs.erofs");
    try {
      List<TocEntry> toc = writeTar(entries, tar);
      LayerTree tree = LayerTreeBuilder.build(toc);
      long tarLength = Files.size(tar);
      boolean reference = Shell.script("\"$1\" --help 2>&1 || true", mkfs).contains("--tar");
      List<Cost> write = new ArrayList<>();
      List<Cost> program = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        write.add(Gunzip.measure(() -> write(tree, tarLength, ours)));
        if (reference) {
          Files.deleteIfExists(theirs);
          program.add(Gunzip.measure(() -> Shell.run(mkfs, "--quiet", "--tar=i", theirs, tar)));
        }
      }
      System.out.printf(Locale.ROOT, "%d entries, median of %d%n", toc.size(), ROUNDS);
      print("Sluice", write, toc.size(), Files.size(ours));
      if (reference) {
        print("mkfs.erofs --tar=i", program, toc.size(), Files.size(theirs));
      } else {
        System.out.println(mkfs + " has no --tar: no reference");
      }
    } finally {
      for (Path file : List.of(tar, ours, theirs, directory)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void print(String what, List<Cost> costs, int entries, long bytes) {
    costs.sort(Comparator.comparingDouble(Cost::wallSeconds));
    Cost median = costs.get(costs.size() / 2);
    System.out.printf(
        Locale.ROOT,
        "%-20s %6.0f k entries/s   %5.2f s   %5.1f bytes an entry%n",
        what,
        entries / median.wallSeconds() / 1000,
        median.wallSeconds(),
        (double) bytes / entries);
  }

  private static void write(LayerTree tree, long tarLength, Path file) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ErofsImage.of(tree, tarLength, "benchmark").writeTo(out);
    }
  }

  /** Directories and files with times and names as packages have them. */
  private static List<TocEntry> writeTar(int count, Path tar) throws IOException {
    List<TocEntry> entries = new ArrayList<>();
    try (FileChannel out =
        FileChannel.open(tar, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long at = 0;
      String dir = "";
      for (int i = 0; i < count; i++) {
        boolean isDirectory = i % (FILES_PER_DIRECTORY + 1) == 0;
        if (isDirectory) {
          dir = "usr/lib/python3/site-packages/package-%04d/".formatted(i / FILES_PER_DIRECTORY);
        }
        String name = isDirectory ? dir : dir + "module_number_%d.py".formatted(i);
        TocEntry.Type type = isDirectory ? TocEntry.Type.DIR : TocEntry.Type.REG;
        int size = isDirectory ? 0 : BLOCK - i % 100;
        long time = 1_700_000_000L + i;
        out.write(ByteBuffer.wrap(header(name, isDirectory, size, time)), at);
        entries.add(
            new TocEntry.Builder(type, name.getBytes(StandardCharsets.UTF_8))
                .mode(isDirectory ? 0755 : 0644)
                .mtime(time, 0)
                .content(at + BLOCK, size)
                .build());
        at += isDirectory ? BLOCK : 2 * BLOCK;
      }
      out.write(ByteBuffer.allocate(BLOCK), at + BLOCK);
    }
    return entries;
  }

  private static byte[] header(String name, boolean isDirectory, int size, long time) {
    ByteBuffer header = ByteBuffer.allocate(BLOCK);
    put(header, 0, name);
    put(header, 100, isDirectory ? "0000755\0" : "0000644\0");
    put(header, 108, "0000000\0" + "0000000\0");
    put(header, 124, "%011o\0".formatted(size));
    put(header, 136, "%011o\0".formatted(time));
    put(header, 148, "        ");
    put(header, 156, isDirectory ? "5" : "0");
    put(header, 257, "ustar\0" + "00");
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += header.get(i) & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return header.array();
  }

  private static void put(ByteBuffer header, int at, String text) {
    header.put(at, text.getBytes(StandardCharsets.US_ASCII));
  }
}
