package dev.sluice.config;

import java.util.LinkedHashSet;
import java.util.Set;

/** What several keys together must fulfil. */
final class Relations {
  private final Settings settings;
  private final Problems problems;

  private Relations(Settings settings, Problems problems) {
    this.settings = settings;
    this.problems = problems;
  }

  static void check(Settings settings, Problems problems) {
    new Relations(settings, problems).check();
  }

  private void check() {
    atMost(Keys.PULL_CONNECTIONS_PER_IMAGE, Keys.PULL_CONNECTIONS);
    atMost(Keys.PULL_UNPACKS_PER_IMAGE, Keys.PULL_UNPACKS);
    atMost(Keys.PULL_RANGE_SIZE, Keys.PULL_MEMORY);
    atMost(Keys.RETRY_PAUSE, Keys.LONGEST_RETRY_PAUSE);
    atMost(Keys.CONNECT_TIMEOUT, Keys.REQUEST_TIMEOUT);
    atMost(Keys.ANSWER_TIMEOUT, Keys.REQUEST_TIMEOUT);
    atMost(Keys.PROFILE_QUIET, Keys.PROFILE_LONGEST);
    if (settings.get(Keys.LAZY_ENABLE)
        && !settings.get(Keys.LAZY_SOCI_V1)
        && !settings.get(Keys.LAZY_SOCI_V2)) {
      add(
          "lazy.enable is true, but neither lazy.soci_v1 nor lazy.soci_v2 is: switch on one, or"
              + " lazy.enable off",
          Keys.LAZY_ENABLE,
          Keys.LAZY_SOCI_V1,
          Keys.LAZY_SOCI_V2);
    }
    if (settings.get(Keys.KUBELET_PROVIDER_CONFIG).isPresent()
        != settings.get(Keys.KUBELET_PROVIDER_BIN_DIR).isPresent()) {
      add(
          "credentials.kubelet_provider_config and credentials.kubelet_provider_bin_dir need each"
              + " other",
          Keys.KUBELET_PROVIDER_CONFIG,
          Keys.KUBELET_PROVIDER_BIN_DIR);
    }
    if (settings.get(Keys.CRI_PROXY)
        && settings.get(Keys.CRI_IMAGE_SERVICE).equals(settings.get(Keys.ADDRESS))) {
      add(
          "credentials.cri_image_service is our own address: calls would go round in a circle",
          Keys.CRI_IMAGE_SERVICE,
          Keys.ADDRESS);
    }
    if (settings.get(Keys.CONTAINERD_ADDRESS).equals(settings.get(Keys.ADDRESS))) {
      add(
          "address and containerd.address are the same socket",
          Keys.ADDRESS,
          Keys.CONTAINERD_ADDRESS);
    }
  }

  private <T extends Comparable<T>> void atMost(Key<T> smaller, Key<T> larger) {
    if (settings.get(smaller).compareTo(settings.get(larger)) > 0) {
      add(
          "%s (%s) is more than %s (%s)"
              .formatted(
                  smaller.path(),
                  settings.setting(smaller).toml(),
                  larger.path(),
                  settings.setting(larger).toml()),
          smaller,
          larger);
    }
  }

  /** Names the places that set the keys; one of them is not the default, as those fit. */
  private void add(String what, Key<?>... keys) {
    Set<String> places = new LinkedHashSet<>();
    for (Key<?> key : keys) {
      String origin = settings.setting(key).origin();
      if (!origin.equals(Setting.DEFAULT)) {
        places.add(origin);
      }
    }
    problems.add(String.join(", ", places), what);
  }
}
