#include "attention_products.h"

// A block is loaded once for the strips of a sheet, whose queries and sums have this room each: 24 KiB, so that they
// stay in the second-level cache beside the block.
enum { SHEET_STRIPS = 8, SHEET_ROOM = 6144 };

struct sheet {
  struct strip strip[SHEET_STRIPS];
  _Alignas(64) float queries[SHEET_ROOM];
  _Alignas(64) float mix[SHEET_ROOM];
};

static ptrdiff_t mix_width(const struct ck_kv_layer *cache) {
  return (cache->head_size + CK_LANES - 1) / CK_LANES * CK_LANES;
}

/// Queries `index` ..< index + height of the rows' rows * heads.
static void start_strip(struct strip *s, const struct ck_query_rows *rows, ptrdiff_t index, ptrdiff_t head_size,
                        float scale) {
  s->least_first = s->least_end = PTRDIFF_MAX;
  s->greatest_first = s->greatest_end = 0;
  for (ptrdiff_t h = 0; h < s->height; h++) {
    const ptrdiff_t row = (index + h) / rows->heads, head = (index + h) % rows->heads;
    const float *query = rows->queries + row * rows->query_stride + head * head_size;
    for (ptrdiff_t d = 0; d < head_size; d++) s->queries[d * s->height + h] = query[d] * scale;
    const ptrdiff_t end = rows->ends[row];
    const ptrdiff_t first = rows->window > 0 && rows->window < end ? end - rows->window : 0;
    s->first[h] = first;
    s->end[h] = end;
    if (first < s->least_first) s->least_first = first;
    if (first > s->greatest_first) s->greatest_first = first;
    if (end < s->least_end) s->least_end = end;
    if (end > s->greatest_end) s->greatest_end = end;
  }
  for (int i = 0; i < CK_LANES; i++) s->maxima[i] = -__builtin_inff();
  memset(s->sums, 0, sizeof s->sums);
}

CK_INLINE void finish_strip(const struct strip *s, const struct ck_query_rows *rows, ptrdiff_t index,
                            ptrdiff_t head_size, ptrdiff_t width) {
  for (ptrdiff_t h = 0; h < s->height; h++) {
    const ptrdiff_t row = (index + h) / rows->heads, head = (index + h) % rows->heads;
    float *y = rows->y + row * rows->y_stride + head * head_size;
    const float *mix = s->mix + h * width;
    ck_v16 sums;
    ck_load(&sums, s->sums[h]);
    const float share = 1.0f / ck_sum(&sums);
    for (ptrdiff_t d = 0; d < head_size; d++) y[d] = mix[d] * share;
  }
}

/// Where a position lies in the block, or the nearer of its ends.
CK_INLINE ptrdiff_t slot_of(const struct block *b, ptrdiff_t position) {
  const ptrdiff_t slot = position - b->start;
  return slot < 0 ? 0 : slot > CK_KV_BLOCK ? CK_KV_BLOCK : slot;
}

/// Runs `call` with `height`, 1 ... build.strip, as a constant.
#define FOR_HEIGHT(height, call)                                                                     \
  if (build.strip == 1) {                                                                            \
    call(1);                                                                                         \
  } else {                                                                                           \
    switch (height) {                                                                                \
      case 1: call(1); break;                                                                        \
      case 2: call(2); break;                                                                        \
      case 3: call(3); break;                                                                        \
      case 4: call(4); break;                                                                        \
      case 5: call(5); break;                                                                        \
      case 6: call(6); break;                                                                        \
    }                                                                                                \
  }
_Static_assert(STRIP == 6, "FOR_HEIGHT has the heights of a strip");

/// The weighted sums: first (i = -1) all queries together over the slots that they all see, if they begin at the same
/// one; then each query over what it sees beyond. Each takes its slots in order either way.
CK_INLINE void mix_block(const struct build build, const struct strip *s, struct block *b) {
  const ptrdiff_t first = slot_of(b, s->greatest_first);
  const ptrdiff_t shared = slot_of(b, s->least_first) == first ? slot_of(b, s->least_end) : 0;
  const ptrdiff_t singles = first == 0 && shared == CK_KV_BLOCK ? 0 : s->height;
  for (ptrdiff_t i = -1; i < singles; i++) {
    const ptrdiff_t query = i < 0 ? 0 : i, height = i < 0 ? s->height : 1, own = slot_of(b, s->first[query]);
    const ptrdiff_t start = i < 0 ? first : shared > own ? shared : own;
    const ptrdiff_t end = i < 0 ? shared : slot_of(b, s->end[query]);
    if (start >= end) continue;
#define MIX(height) \
  mix(build, height, b, b->weights[query], b->factors + query, s->mix + query * b->mix_width, start, end)
    FOR_HEIGHT(height, MIX)
#undef MIX
    const ck_v16 one = (ck_v16)(1.0f);
    if (i < 0) ck_store(b->factors, &one);
  }
}

CK_INLINE void attend_block(const struct build build, struct strip *s, struct block *b, float soft_cap) {
  const int is_ragged = s->greatest_first > b->start || s->least_end < b->start + CK_KV_BLOCK;
#define SCORE(height) score(build, height, s, b)
  FOR_HEIGHT(s->height, SCORE)
#undef SCORE
  if (is_ragged || soft_cap > 0.0f || b->key_scales) prepare_scores(s, b, soft_cap, is_ragged);
  raise_maxima(s, b);
  weigh(s, b);
  mix_block(build, s, b);
}

/// A block of one head, as the cache's format has it.
CK_INLINE void open_block(const struct build build, const struct ck_kv_layer *cache, ptrdiff_t index,
                          struct block *b) {
  const ptrdiff_t key_bytes = ck_kv_key_bytes(build.format, cache->head_size);
  const ptrdiff_t value_bytes = ck_kv_value_bytes(build.format, cache->head_size);
  b->keys = (const char *)cache->keys + index * key_bytes;
  b->values = (const char *)cache->values + index * value_bytes;
  if (build.format != CK_KV_Q8) return;
  b->key_scales = (const float *)(b->keys + key_bytes) - CK_KV_BLOCK;
  b->value_scales = (const float *)(b->values + value_bytes) - CK_KV_BLOCK;
}

/// Queries `index` ..< index + count of the rows' rows * heads, cut into strips of nearly equal height.
CK_INLINE void attend_sheet(const struct build build, const struct ck_kv_layer *cache, const int32_t *block_table,
                            ptrdiff_t kv_head, const struct ck_query_rows *rows, ptrdiff_t index, ptrdiff_t count,
                            const struct ck_scoring *scoring) {
  struct sheet sheet;
  struct block b = {.head_size = cache->head_size, .mix_width = mix_width(cache)};
  const ptrdiff_t strips = (count + build.strip - 1) / build.strip;
  const float scale = scoring->soft_cap > 0.0f ? scoring->scale : scoring->scale * CK_LOG2_E;
  ptrdiff_t first = PTRDIFF_MAX, end = 0;
  for (ptrdiff_t i = 0, used = 0; i < strips; used += sheet.strip[i].height, i++) {
    struct strip *s = &sheet.strip[i];
    s->height = count / strips + (i < count % strips);
    s->queries = sheet.queries + used * b.mix_width;
    s->mix = sheet.mix + used * b.mix_width;
    start_strip(s, rows, index + used, b.head_size, scale);
    if (s->least_first < first) first = s->least_first;
    if (s->greatest_end > end) end = s->greatest_end;
  }
  memset(sheet.mix, 0, (size_t)(count * b.mix_width) * sizeof(float));
  for (b.start = first - first % CK_KV_BLOCK; b.start < end; b.start += CK_KV_BLOCK) {
    const int32_t block = block_table[b.start / CK_KV_BLOCK];
    open_block(build, cache, block * cache->kv_heads + kv_head, &b);
    const int32_t steps = b.start + CK_KV_BLOCK < end ? block_table[b.start / CK_KV_BLOCK + 1] - block : 0;
    b.keys_ahead = steps * cache->kv_heads * ck_kv_key_bytes(build.format, cache->head_size);
    b.values_ahead = steps * cache->kv_heads * ck_kv_value_bytes(build.format, cache->head_size);
    for (ptrdiff_t i = 0; i < strips; i++) {
      struct strip *s = &sheet.strip[i];
      const int is_seen = s->greatest_end > b.start && s->least_first < b.start + CK_KV_BLOCK;
      if (is_seen) attend_block(build, s, &b, scoring->soft_cap);
    }
  }
  for (ptrdiff_t i = 0, used = 0; i < strips; used += sheet.strip[i].height, i++) {
    finish_strip(&sheet.strip[i], rows, index + used, b.head_size, b.mix_width);
  }
}

CK_INLINE void attention(const struct build build, const struct ck_kv_layer *cache, const int32_t *block_table,
                         ptrdiff_t kv_head, const struct ck_query_rows *rows, const struct ck_scoring *scoring) {
  const ptrdiff_t room = SHEET_ROOM / mix_width(cache), count = rows->rows * rows->heads;
  const ptrdiff_t step = room < SHEET_STRIPS * build.strip ? room - room % build.strip : SHEET_STRIPS * build.strip;
  for (ptrdiff_t i = 0; i < count; i += step) {
    attend_sheet(build, cache, block_table, kv_head, rows, i, count - i < step ? count - i : step, scoring);
  }
}
_Static_assert(SHEET_ROOM / CK_MAXIMUM_HEAD_SIZE >= STRIP, "the largest heads fill a strip");

#define PARAMETERS                                                                                   \
  const struct ck_kv_layer *cache, const int32_t *block_table, ptrdiff_t kv_head,                    \
      const struct ck_query_rows *rows, const struct ck_scoring *scoring
#define ARGUMENTS cache, block_table, kv_head, rows, scoring
#define DEFINE_LEVEL(target, name, strip, room)                                                      \
  target static void name(PARAMETERS) {                                                              \
    switch (cache->format) {                                                                         \
      case CK_KV_F32: return attention((struct build){CK_KV_F32, strip, room}, ARGUMENTS);           \
      case CK_KV_BF16: return attention((struct build){CK_KV_BF16, strip, room}, ARGUMENTS);         \
      case CK_KV_Q8: return attention((struct build){CK_KV_Q8, strip, room}, ARGUMENTS);             \
    }                                                                                                \
  }

DEFINE_LEVEL(, attention_portable, 1, 1)
#if defined(__x86_64__)
DEFINE_LEVEL(CK_TARGET_AVX2, attention_avx2, STRIP, 5)
DEFINE_LEVEL(CK_TARGET_AVX512, attention_avx512, STRIP, 12)
#endif

void ck_attention(enum ck_level level, PARAMETERS) {
#if defined(__x86_64__)
  if (level >= CK_AVX512) return attention_avx512(ARGUMENTS);
  if (level >= CK_AVX2) return attention_avx2(ARGUMENTS);
#else
  (void)level;
#endif
  attention_portable(ARGUMENTS);
}
