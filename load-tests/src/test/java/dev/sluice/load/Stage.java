package dev.sluice.load;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * What the end-to-end tests share, made by the first and removed after the last: the sample image
 * and a registry. Each test pushes under a name of its own.
 */
record Stage(Scratch scratch, SampleImage image, DockerRegistry registry, Trees trees)
    implements AutoCloseable {

  static Stage set() {
    Scratch scratch = Scratch.create();
    try {
      SampleImage image = SampleImage.make(scratch);
      DockerRegistry registry = DockerRegistry.start(scratch.resolve("registry"));
      return new Stage(scratch, image, registry, new Trees(scratch.directory()));
    } catch (RuntimeException | Error e) {
      scratch.close();
      throw e;
    }
  }

  /** Pushes the sample image as {@code repository:tag}; the whole reference. */
  String push(String repositoryAndTag) {
    return registry.push(image.layout(), image.tag(), repositoryAndTag);
  }

  @Override
  public void close() {
    registry.close();
    scratch.close();
  }

  /** A test class whose methods may take the stage as a parameter. Needs root. */
  @NeedsRoot
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.RUNTIME)
  @ExtendWith(Resolver.class)
  @interface EndToEnd {}

  /** Gives the one stage of this JVM. */
  static final class Resolver implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(Stage.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Stage.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(NAMESPACE)
          .computeIfAbsent(Stage.class, _ -> Stage.set(), Stage.class);
    }
  }
}
