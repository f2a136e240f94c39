package dev.sluice.doctor;

import dev.sluice.config.Configuration;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs all checks, in the order in which what they look at is needed. */
public final class Doctor {
  private final List<Check> checks = new ArrayList<>();

  /**
   * @param containerdConfig containerd's own file
   */
  public Doctor(Vertx vertx, Machine machine, Configuration configuration, Path containerdConfig) {
    checks.add(new KernelCheck(machine));
    checks.add(new MountCheck(machine, configuration.root()));
    checks.add(new FaceCheck(configuration.root(), configuration.lazy().layerFace()));
    checks.add(new StateCheck(configuration));
    checks.add(new InflaterCheck());
    checks.add(new LimitCheck(machine, ServiceCheck.process(configuration.address())));
    checks.add(new ServiceCheck(configuration.address(), configuration.root()));
    checks.add(new ContainerdCheck(vertx, configuration.containerd().address()));
    checks.add(new ContainerdConfigCheck(containerdConfig, configuration));
    checks.add(new HostsCheck(configuration.registry().configPath()));
  }

  /** Looks at an image too. */
  public void look(ImageStore image, Function<Descriptor, BlobSource> blobs) {
    checks.add(new ImageCheck(image, blobs));
  }

  /** Hands over each finding when it is made; gives the worst verdict. */
  public Verdict examine(Consumer<Finding> listener) {
    Verdict worst = Verdict.OK;
    for (Check check : checks) {
      for (Finding finding : run(check)) {
        listener.accept(finding);
        worst = finding.verdict().compareTo(worst) > 0 ? finding.verdict() : worst;
      }
    }
    return worst;
  }

  private static List<Finding> run(Check check) {
    try {
      return check.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(Finding.fail(check.subject(), "the check was interrupted", null));
    } catch (Exception e) {
      return List.of(
          Finding.fail(check.subject(), SluiceException.describe(e), ServiceCheck.adviceOf(e)));
    }
  }
}
