#define CK_DOUBLE
#include "attention_gradient_body.h"

void ck_attention_gradient_in_double(const struct ck_attention_gradient_f64 *sequence) {
  attention_gradient((struct build){1, 1}, sequence);
}
