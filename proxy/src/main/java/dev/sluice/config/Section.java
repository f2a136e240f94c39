package dev.sluice.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A table of the configuration file. */
enum Section {
  TOP("The service itself."),
  CONTAINERD("The containerd that this node runs."),
  REGISTRY("How registries are reached; which hosts stand for which registry, hosts.toml says."),
  CACHE("What is kept of layers on this node."),
  FETCH("Fetching what is read."),
  FILL("Filling the layers of running containers while nobody waits for anything else."),
  LAZY("Layers that are mounted before their bytes are here."),
  PROFILE("Remembering what containers read until they are ready."),
  PREFETCH("Fetching what will be read before it is."),
  PULL("Layers that can't be lazy, and are pulled whole."),
  CREDENTIALS("Where credentials of registries come from, besides the file of Docker."),
  METRICS("What Prometheus reads.");

  private final String purpose;

  Section(String purpose) {
    this.purpose = purpose;
  }

  String purpose() {
    return purpose;
  }

  /** The name in brackets; "" for what stands above all tables. */
  String title() {
    return this == TOP ? "" : name().toLowerCase(Locale.ROOT);
  }

  static Optional<Section> called(String title) {
    return Stream.of(values()).filter(s -> s != TOP && s.title().equals(title)).findFirst();
  }

  static List<String> titles() {
    return Stream.of(values()).filter(s -> s != TOP).map(Section::title).toList();
  }
}
