package dev.sluice.credentials;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Repository;
import dev.sluice.registry.Credentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What came with the kubelet's pulls, in memory only: gone after a restart, after {@link #LIFE}
 * without use, or when the image is removed. Safe for use by several threads at once.
 */
public final class CriCredentials {
  private static final Logger LOG = LoggerFactory.getLogger(CriCredentials.class);

  /** Longer than the credentials of any cloud's registry live. */
  static final Duration LIFE = Duration.ofHours(24);

  static final int MOST_REPOSITORIES = 1024;

  /** Images of one repository that are pulled with credentials of their own. */
  static final int MOST_PER_REPOSITORY = 16;

  private final Cache<Repository, List<Learned>> known;

  /** References by image id, because the kubelet removes images by id. */
  private final Cache<String, Set<String>> names;

  /** Newest first in the lists of {@link #known}, which are never empty. */
  private record Learned(String reference, Credentials credentials, boolean refused) {
    Learned asRefused() {
      return new Learned(reference, credentials, true);
    }
  }

  public CriCredentials() {
    this(Ticker.systemTicker());
  }

  CriCredentials(Ticker ticker) {
    known =
        Caffeine.newBuilder()
            .ticker(ticker)
            .executor(Runnable::run)
            .expireAfterAccess(LIFE)
            .maximumSize(MOST_REPOSITORIES)
            .build();
    names =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(MOST_REPOSITORIES * (long) MOST_PER_REPOSITORY)
            .build();
  }

  /**
   * An image is pulled with these. Ignored if they are for another registry or can't be read, as it
   * is containerd that answers.
   *
   * @param image as the kubelet wrote it
   */
  public void learn(String image, CriAuth auth) {
    try {
      ImageReference reference = ImageReference.parse(image);
      Credentials credentials = auth.credentials(reference.repository().host());
      if (!(credentials instanceof Credentials.None)) {
        add(reference.repository(), new Learned(reference.toString(), credentials, false));
      }
    } catch (SluiceException e) {
      LOG.warn("credentials of PullImage are not used: {}", e.getMessage());
    }
  }

  private void add(Repository repository, Learned learned) {
    known
        .asMap()
        .compute(
            repository,
            (_, before) -> {
              List<Learned> list = new ArrayList<>(List.of(learned));
              if (before != null) {
                before.stream()
                    .filter(other -> !other.reference().equals(learned.reference()))
                    .limit(MOST_PER_REPOSITORY - 1L)
                    .forEach(list::add);
              }
              return List.copyOf(list);
            });
  }

  /** A pulled image got this id: who removes the id removes the image. */
  public void named(String id, String image) {
    if (!Digest.isDigest(id)) {
      return;
    }
    try {
      String reference = ImageReference.parse(image).toString();
      names
          .asMap()
          .compute(
              id,
              (_, before) -> {
                Set<String> all = before == null ? new TreeSet<>() : new TreeSet<>(before);
                all.add(reference);
                return Set.copyOf(all);
              });
    } catch (SluiceException e) {
      LOG.debug("image {}: {}", id, e.getMessage());
    }
  }

  /**
   * An image is removed.
   *
   * @param image a reference or an id
   */
  public void forget(String image) {
    String id = image.matches("[0-9a-f]{64}") ? "sha256:" + image : image;
    Set<String> references = names.asMap().remove(id);
    if (references != null) {
      references.forEach(this::forgetReference);
    } else if (!Digest.isDigest(id)) {
      forgetReference(image);
    }
  }

  private void forgetReference(String image) {
    try {
      ImageReference reference = ImageReference.parse(image);
      known
          .asMap()
          .computeIfPresent(
              reference.repository(),
              (_, list) -> {
                List<Learned> left =
                    list.stream()
                        .filter(one -> !one.reference().equals(reference.toString()))
                        .toList();
                return left.isEmpty() ? null : left;
              });
    } catch (SluiceException e) {
      LOG.debug("removed image: {}", e.getMessage());
    }
  }

  /** The newest that nobody has refused. */
  Credentials unrefused(Repository repository) {
    List<Learned> list = known.getIfPresent(repository);
    return list == null
        ? Credentials.NONE
        : list.stream()
            .filter(one -> !one.refused())
            .findFirst()
            .map(Learned::credentials)
            .orElse(Credentials.NONE);
  }

  /** The newest, refused or not. */
  Credentials any(Repository repository) {
    List<Learned> list = known.getIfPresent(repository);
    return list == null ? Credentials.NONE : list.getFirst().credentials();
  }

  /** A registry has refused these: they are shown only if there are no others. */
  void refuse(Repository repository, Credentials refused) {
    known
        .asMap()
        .computeIfPresent(
            repository,
            (_, list) ->
                list.stream()
                    .map(one -> one.credentials().equals(refused) ? one.asRefused() : one)
                    .toList());
  }

  /** How many repositories there are credentials for. */
  public long size() {
    known.cleanUp();
    return known.estimatedSize();
  }
}
