package dev.sluice.cli;

import dev.sluice.control.CommandWriter;
import dev.sluice.control.ControlClient;
import dev.sluice.control.RunStatus;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice profile record}. */
@Command(
    name = "record",
    description = {
      "Record what an image's containers read, from now on until they are ready.",
      "First runs record themselves: this is for what is read later, or where that is switched off.",
      "What the kernel has in its page cache is not seen; such a recording only adds to a profile."
    })
final class ProfileRecordCommand implements Runnable {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Console console;

  @Parameters(
      paramLabel = "REF|CONTAINER",
      description = "The image, its manifest's digest, or a container's id.")
  private String image;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "For so long, e.g. 30s, an hour at most (default: until nothing new is read).")
  private @Nullable Duration time;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ProfileRecordCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    ControlClient client = service.client();
    RunStatus run = client.record(image, time != null);
    console.say("recording " + run.reference());
    if (time != null) {
      pause(time);
      run = client.endRecording(image);
    } else {
      while (!run.hasEnded()) {
        pause(LOOK);
        run = client.recording(image);
      }
    }
    if (format.isJson()) {
      console.out().println(CommandWriter.run(run));
    } else {
      console.say("%d parts of files were read".formatted(run.entries()));
    }
  }

  private static void pause(Duration time) {
    try {
      boolean _ = new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "record: interrupted", e);
    }
  }
}
