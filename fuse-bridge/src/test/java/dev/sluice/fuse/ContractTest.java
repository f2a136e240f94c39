package dev.sluice.fuse;

import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A part of the contract, checked on every bridge. */
@ParameterizedClass
@EnumSource(names = {"KERNEL", "LIBFUSE"})
abstract class ContractTest extends MountingTest {}
