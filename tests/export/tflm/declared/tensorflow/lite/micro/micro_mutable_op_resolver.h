#ifndef DECLARED_MICRO_MUTABLE_OP_RESOLVER_H_
#define DECLARED_MICRO_MUTABLE_OP_RESOLVER_H_

#include "tensorflow/lite/c/common.h"

namespace tflite {

class MicroOpResolver {};

template <unsigned int kOperators>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  TfLiteStatus AddAdd();
  TfLiteStatus AddConcatenation();
  TfLiteStatus AddConv2D();
  TfLiteStatus AddDepthwiseConv2D();
  TfLiteStatus AddFullyConnected();
  TfLiteStatus AddLogistic();
  TfLiteStatus AddMean();
  TfLiteStatus AddMul();
  TfLiteStatus AddPad();
  TfLiteStatus AddQuantize();
  TfLiteStatus AddReshape();
  TfLiteStatus AddSlice();
  TfLiteStatus AddSoftmax();
  TfLiteStatus AddSub();
  TfLiteStatus AddSum();
  TfLiteStatus AddTanh();
  TfLiteStatus AddTranspose();
};

}  // namespace tflite

#endif  // DECLARED_MICRO_MUTABLE_OP_RESOLVER_H_
