package dev.sluice.load;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a test class without root, and says so. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsRoot.Condition.class)
public @interface NeedsRoot {
  /** Whether the tests run as root. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (System.getProperty("user.name").equals("root")) {
        return ConditionEvaluationResult.enabled("root");
      }
      String reason = context.getDisplayName() + " needs root: it makes devices and mounts";
      System.err.println("SKIPPED: " + reason);
      return ConditionEvaluationResult.disabled(reason);
    }
  }
}
