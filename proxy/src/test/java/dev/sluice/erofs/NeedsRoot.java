package dev.sluice.erofs;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Skips a test class without root; the report says why. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIfSystemProperty(
    named = "user.name",
    matches = "root",
    disabledReason = "SKIPPED: mounting EROFS needs root")
@interface NeedsRoot {}
