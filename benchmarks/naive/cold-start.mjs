// The usual function: the SDK and onnxruntime from node_modules, the model fetched on the first call.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const s3 = new S3Client({ forcePathStyle: true });
let session;

const loadSession = async () => {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: process.env.MODEL_BUCKET, Key: process.env.MODEL_KEY }),
  );
  return InferenceSession.create(await Body.transformToByteArray());
};

export const handler = async ({ shape, data }) => {
  session ??= await loadSession();
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(data), shape) });
  return { shape: y.dims, data: Array.from(y.data) };
};
