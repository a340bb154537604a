// What the host test uses of this header of TensorFlow Lite Micro, declared and not defined: for a check of syntax and types.
#ifndef DECLARED_COMMON_H_
#define DECLARED_COMMON_H_

#include <cstddef>

enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };
union TfLitePtrUnion {
  char* raw;
  const char* raw_const;
};
struct TfLiteTensor {
  TfLitePtrUnion data;
};

#endif  // DECLARED_COMMON_H_
