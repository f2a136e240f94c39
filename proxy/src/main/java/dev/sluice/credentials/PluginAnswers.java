package dev.sluice.credentials;

import dev.sluice.credentials.CredentialPlugin.Answer;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The answers of one plugin for as long as they are good; one run for all who ask at once. */
final class PluginAnswers {
  private static final int MOST = 1024;
  private static final String GLOBAL = "";

  private final Vertx vertx;
  private final PluginConfig config;
  private final CredentialPlugin plugin;
  private final InstantSource clock;
  private final Map<String, Kept> kept = new ConcurrentHashMap<>();
  private final Map<Repository, Future<Answer>> runs = new ConcurrentHashMap<>();

  private record Kept(Answer answer, Instant until) {}

  PluginAnswers(Vertx vertx, PluginConfig config, CredentialPlugin plugin, InstantSource clock) {
    this.vertx = vertx;
    this.config = config;
    this.plugin = plugin;
    this.clock = clock;
  }

  boolean concerns(Repository repository) {
    return !config.needsServiceAccount()
        && config.matchImages().stream().anyMatch(pattern -> pattern.matches(repository));
  }

  Future<Answer> get(Repository repository) {
    for (String key : new String[] {repository.toString(), repository.host(), GLOBAL}) {
      @Nullable Kept one = kept.get(key);
      if (one != null && clock.instant().isBefore(one.until())) {
        return Future.succeededFuture(one.answer());
      }
    }
    return afresh(repository);
  }

  Future<Answer> afresh(Repository repository) {
    var promise = io.vertx.core.Promise.<Answer>promise();
    Future<Answer> running = runs.putIfAbsent(repository, promise.future());
    if (running != null) {
      return running;
    }
    vertx
        .<Answer>executeBlocking(() -> plugin.ask(repository), false)
        .map(Objects::requireNonNull)
        .onComplete(done -> {
          if (done.succeeded()) {
            keep(repository, done.result());
          }
          runs.remove(repository);
          promise.handle(done);
        });
    return promise.future();
  }

  private void keep(Repository repository, Answer answer) {
    String key =
        switch (answer.reach()) {
          case IMAGE -> repository.toString();
          case REGISTRY -> repository.host();
          case GLOBAL -> GLOBAL;
        };
    Duration life = answer.life().orElse(config.cacheDuration());
    if (kept.size() >= MOST) {
      Instant now = clock.instant();
      kept.values().removeIf(one -> !now.isBefore(one.until()));
      if (kept.size() >= MOST) {
        kept.clear();
      }
    }
    if (life.isZero()) {
      kept.remove(key);
    } else {
      kept.put(key, new Kept(answer, clock.instant().plus(life)));
    }
  }
}
