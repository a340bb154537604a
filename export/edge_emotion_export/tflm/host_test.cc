// Runs the golden windows through TensorFlow Lite Micro; exit code 0 if every output is within kSteps of the golden one.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "golden.h"
#include "model.h"
#include "operators.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

constexpr int kSteps = 2;  // vendor kernels round otherwise than the reference ones
alignas(16) uint8_t arena[edge_emotion::kArenaBytes];

int Compare(const TfLiteTensor* tensor, const edge_emotion::Port& port, const edge_emotion::Value* golden) {
  int worst = 0;
  for (int i = 0; i < port.length; ++i) {
    edge_emotion::Value found;
    std::memcpy(&found, tensor->data.raw_const + i * sizeof(found), sizeof(found));
    const int steps = std::abs(static_cast<int>(found) - static_cast<int>(golden[i]));
    if (steps > worst) worst = steps;
  }
  return worst;
}

}  // namespace

int main() {
  const tflite::Model* model = tflite::GetModel(edge_emotion::kModel);
  static edge_emotion::Resolver resolver;
  if (edge_emotion::AddOperators(resolver) != kTfLiteOk) {
    std::printf("FAIL: an operator of operators.h is not in this TensorFlow Lite Micro\n");
    return 1;
  }
  tflite::MicroInterpreter interpreter(model, resolver, arena, edge_emotion::kArenaBytes);
  if (interpreter.AllocateTensors() != kTfLiteOk) {
    std::printf("FAIL: the arena is too small: raise kArenaBytes in model.h\n");
    return 1;
  }
  std::printf("arena used: %u of %u bytes\n", static_cast<unsigned>(interpreter.arena_used_bytes()),
              static_cast<unsigned>(edge_emotion::kArenaBytes));
  int worst = 0;
  for (const edge_emotion::Golden& golden : edge_emotion::kGolden) {
    for (const edge_emotion::Port& port : edge_emotion::kInputs) {
      TfLiteTensor* tensor = interpreter.input(port.position);
      std::memcpy(tensor->data.raw, golden.inputs[port.position], port.length * sizeof(edge_emotion::Value));
    }
    if (interpreter.Invoke() != kTfLiteOk) {
      std::printf("FAIL: an operator failed\n");
      return 1;
    }
    for (const edge_emotion::Port& port : edge_emotion::kOutputs) {
      const int steps = Compare(interpreter.output(port.position), port, golden.outputs[port.position]);
      if (steps > worst) worst = steps;
    }
  }
  std::printf("%s: largest difference %d steps, %d allowed\n", worst > kSteps ? "FAIL" : "PASS", worst, kSteps);
  return worst > kSteps ? 1 : 0;
}
