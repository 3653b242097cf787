// A module that fails when it is evaluated.

throw new Error("This module fails");
