#pragma once

#include "ck_add.h"
#include "ck_argmax.h"
#include "ck_attention.h"
#include "ck_gemm.h"
#include "ck_host.h"
#include "ck_kv_store.h"
#include "ck_level.h"
#include "ck_pack.h"
#include "ck_rms_norm.h"
#include "ck_rope.h"
#include "ck_softmax.h"
#include "ck_swiglu.h"
