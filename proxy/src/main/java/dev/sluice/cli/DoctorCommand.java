package dev.sluice.cli;

import dev.sluice.doctor.Doctor;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Machine;
import dev.sluice.doctor.Verdict;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.json.JsonWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice doctor}. */
@Command(
    name = "doctor",
    description = {
      "Looks for what stands in the way of lazy images on this node, and says what to change.",
      "With REF also whether that image can be had, has an index, and can be read in ranges.",
      "Ends with 1 if anything must be changed. Needs root."
    })
final class DoctorCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "REF", description = "An image.")
  private @Nullable ImageLocation image;

  @Option(
      names = "--containerd-config",
      paramLabel = "FILE",
      defaultValue = "/etc/containerd/config.toml",
      description = "containerd's configuration (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init")
  private Path containerdConfig;

  @Mixin private OutputMixin format;
  @Mixin private ConfigurationMixin configuration;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var loaded = configuration.load().configuration();
    try (RegistrySession session = registry.connect(loaded.registry().configPath())) {
      Doctor doctor = new Doctor(session.vertx(), Machine.here(), loaded, containerdConfig);
      if (image == null) {
        return examine(doctor);
      }
      try (ImageStore store = session.open(image)) {
        doctor.look(store, session.blobs(image, store));
        return examine(doctor);
      }
    }
  }

  private int examine(Doctor doctor) {
    Verdict worst;
    if (format.isJson()) {
      JsonWriter json = new JsonWriter().beginObject().name("findings").beginArray();
      worst = doctor.examine(finding -> write(json, finding));
      json.endArray().name("verdict").value(word(worst)).endObject();
      console.out().println(json);
    } else {
      worst = doctor.examine(this::print);
    }
    return worst == Verdict.FAIL ? 1 : 0;
  }

  private static void write(JsonWriter json, Finding finding) {
    json.beginObject();
    json.name("subject").value(finding.subject());
    json.name("verdict").value(word(finding.verdict()));
    json.name("detail").value(finding.detail());
    json.optional("advice", finding.advice());
    json.endObject();
  }

  private void print(Finding finding) {
    String verdict = "%-4s".formatted(finding.verdict());
    console
        .out()
        .println(
            "%s  %s: %s"
                .formatted(
                    finding.verdict() == Verdict.FAIL ? console.red(verdict) : verdict,
                    finding.subject(),
                    finding.detail()));
    if (finding.advice() != null) {
      finding.advice().lines().forEach(line -> console.out().println("        " + line));
    }
  }

  private static String word(Verdict verdict) {
    return verdict.name().toLowerCase(Locale.ROOT);
  }
}
