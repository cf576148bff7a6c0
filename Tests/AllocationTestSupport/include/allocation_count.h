#pragma once

/// Blocks of memory that the calling thread has asked for since it began. Linking this target counts for the whole
/// process; under a sanitizer, which brings its own allocator, nothing is counted.
unsigned long allocation_count(void);
